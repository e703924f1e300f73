// SPDX-License-Identifier: MIT
#pragma once

// The table of C functions that a framework publishes on its tensor type from DLPack 1.3 on: a tensor without the
// Python calls of a capsule. No Python header is needed: an object is a void*.

#include <pane/core/any_tensor.hpp>
#include <pane/core/config.hpp>
#include <pane/core/dtype.hpp>
#include <pane/core/error.hpp>
#include <pane/core/layout.hpp>
#include <pane/core/tensor.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/dlpack.hpp>
#include <pane/interop/dlpack_owner.hpp>
#include <pane/interop/dlpack_parse.hpp>
#include <pane/interop/dlpack_types.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/import_tensor.hpp>

#include <cstddef>  // offsetof
#include <cstdint>

PANE_NAMESPACE_BEGIN

/// DLPackExchangeAPIHeader: the same in every version.
struct DlpackExchangeHeader {
  DlpackVersion version;
  DlpackExchangeHeader* prev_api = nullptr;  ///< an older table, or null
};

/// DLPackExchangeAPI. Functions give 0, or -1 with a Python error set; none of them synchronises.
struct DlpackExchangeTable {
  DlpackExchangeHeader header;
  int (*managed_tensor_allocator)(DlpackTensor* prototype,
                                  DlpackManagedTensorVersioned** out,
                                  void* error_context,
                                  void (*set_error)(void* error_context,
                                                    char const* kind,
                                                    char const* message)) = nullptr;
  int (*managed_tensor_from_py_object_no_sync)(void* object,
                                               DlpackManagedTensorVersioned** out) = nullptr;
  int (*managed_tensor_to_py_object_no_sync)(DlpackManagedTensorVersioned* managed,
                                             void** out) = nullptr;
  int (*dltensor_from_py_object_no_sync)(void* object, DlpackTensor* out) = nullptr;  ///< or null
  int (*current_work_stream)(std::int32_t device_type,
                             std::int32_t device_id,
                             void** out) = nullptr;
};

static_assert(sizeof(DlpackExchangeHeader) == 16 && offsetof(DlpackExchangeHeader, prev_api) == 8);
static_assert(sizeof(DlpackExchangeTable) == 56 &&
              offsetof(DlpackExchangeTable, managed_tensor_allocator) == 16 &&
              offsetof(DlpackExchangeTable, managed_tensor_from_py_object_no_sync) == 24 &&
              offsetof(DlpackExchangeTable, managed_tensor_to_py_object_no_sync) == 32 &&
              offsetof(DlpackExchangeTable, dltensor_from_py_object_no_sync) == 40 &&
              offsetof(DlpackExchangeTable, current_work_stream) == 48);

/// Attribute of a tensor type that holds the table, and the name of the capsule that it is in.
inline constexpr char const* dlpack_exchange_attribute = "__dlpack_c_exchange_api__";
inline constexpr char const* dlpack_exchange_capsule_name = "dlpack_exchange_api";

/// A framework's table. It lives as long as the process: look it up once for each type.
///
///   pane::DlpackExchange const exchange(PyCapsule_GetPointer(capsule, pane::dlpack_exchange_capsule_name));
///   auto frame = pane::from_dlpack<std::uint8_t const, pane::HWC<3>>(exchange, object, stream);
///
/// Checks    the table does not look at requires_grad, nor at the conjugate and the negative bit of PyTorch: whoever
///           takes the object out of Python asks for those first, or reads wrong numbers
/// Python    every call needs the GIL. A function that fails leaves a Python error set and `Error` is thrown
class DlpackExchange {
 public:
  /// Takes the newest table that is understood, 1.x, of a chain. Ours or the user's `DLPackExchangeAPI`.
  ///
  /// @throws ImportError  not_a_dlpack_capsule for null or a table without its functions; unsupported_version.
  explicit DlpackExchange(void const* table) {
    auto const* header = static_cast<DlpackExchangeHeader const*>(table);
    if (header == nullptr) {
      detail::refuse(ArrayProtocol::dlpack, ImportReason::not_a_dlpack_capsule,
                     "the exchange table is null");
    }
    DlpackVersion const newest = header->version;
    while (header != nullptr && header->version.major != 1) header = header->prev_api;
    if (header == nullptr) {
      detail::refuse(ArrayProtocol::dlpack, ImportReason::unsupported_version,
                     "the exchange table has version ", newest.major, ".", newest.minor,
                     " and leads to no table of version 1.x, which is known");
    }
    table_ = reinterpret_cast<DlpackExchangeTable const*>(header);
    if (table_->managed_tensor_from_py_object_no_sync == nullptr ||
        table_->current_work_stream == nullptr) {
      detail::refuse(ArrayProtocol::dlpack, ImportReason::not_a_dlpack_capsule,
                     "the exchange table lacks managed_tensor_from_py_object_no_sync or "
                     "current_work_stream");
    }
  }

  DlpackExchangeTable const& table() const noexcept { return *table_; }

  /// The tensor of an object, which keeps it: shape, strides and memory are good until the object is touched again.
  ///
  /// @throws Unsupported  the framework lends no tensors: `take` one.
  /// @throws Error        the framework refused; the Python error is set.
  DlpackArray borrow(void* object) const {
    if (table_->dltensor_from_py_object_no_sync == nullptr) {
      throw Unsupported(
          "pane::DlpackExchange::borrow: the framework's table has no "
          "dltensor_from_py_object_no_sync; take the tensor instead");
    }
    DlpackArray out;
    if (table_->dltensor_from_py_object_no_sync(object, &out.tensor) != 0) {
      throw Error(
          "pane::DlpackExchange::borrow: dltensor_from_py_object_no_sync failed; the Python error "
          "says why");
    }
    return out;
  }

  /// A tensor of the object's memory with a reference of its own.
  ///
  /// @throws Error  the framework refused; the Python error is set.
  DlpackOwner take(void* object) const {
    DlpackManagedTensorVersioned* managed = nullptr;
    if (table_->managed_tensor_from_py_object_no_sync(object, &managed) != 0) {
      throw Error(
          "pane::DlpackExchange::take: managed_tensor_from_py_object_no_sync failed; the Python "
          "error says why");
    }
    return DlpackOwner(managed);
  }

  /// The stream that the framework enqueues on now. None for memory that only the CPU uses. Null is the legacy
  /// default stream of the device, also for frameworks that have no current stream.
  ///
  /// @throws Error  the framework refused; the Python error is set.
  CaiStream work_stream(DlpackDevice const& device) const {
    if (device.is(DlpackDeviceType::cpu)) return {};
    void* stream = nullptr;
    if (table_->current_work_stream(device.device_type, device.device_id, &stream) != 0) {
      throw Error(
          "pane::DlpackExchange::work_stream: current_work_stream failed; the Python error says "
          "why");
    }
    auto const handle = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(stream));
    if (handle <= 1) return {CaiStream::Kind::legacy, 0};
    if (handle == 2) return {CaiStream::Kind::per_thread, 0};
    return {CaiStream::Kind::handle, handle};
  }

 private:
  DlpackExchangeTable const* table_;
};

namespace detail {

inline CaiStream stream_of_work(DlpackExchange const& exchange,
                                DlpackArray const& array,
                                ImportOptions const& options) {
  if (options.ordering == Ordering::by_caller) return {};
  check_dlpack_device(array.tensor.device);
  return exchange.work_stream(array.tensor.device);
}

/// The lent tensor of an object, or what an owner that was taken holds.
inline DlpackArray exchanged(DlpackExchange const& exchange, void* object) {
  return exchange.borrow(object);
}
inline DlpackArray exchanged(DlpackExchange const&, DlpackOwner const& taken) {
  return dlpack_array(taken);
}
DlpackArray exchanged(DlpackExchange const&, DlpackOwner const* taken) = delete;  // no object
template <class O>
concept Exchanged = requires(DlpackExchange const& exchange, O const& object) {
  exchanged(exchange, object);
};

}  // namespace detail

/// Imports through an exchange table, as `from_dlpack` does from a struct, and orders `where` after the work that the
/// framework has enqueued on its current stream.
///
/// @param object  a `PyObject*`, whose tensor is lent: good until the object is touched again, and without flags, so
///                read-only; or a `DlpackOwner` that `exchange.take(object)` gave
/// @throws Error  the framework refused; the Python error is set. Otherwise as `from_dlpack`, and InvalidArgument when
///                one of the two streams is being captured and the other is not.
template <detail::Exchanged Object, class Where>
AnyTensor from_dlpack(DlpackExchange const& exchange,
                      Object const& object,
                      Where const& where,
                      ImportOptions const& options = {}) {
  DlpackArray const array = detail::exchanged(exchange, object);
  return detail::import_dlpack_any(array, detail::stream_of_work(exchange, array, options), where,
                                   options);
}

/// As above, as the tensor that the caller says it is.
template <Element T, TensorLayout L, detail::Exchanged Object, class Where>
Tensor<T, L> from_dlpack(DlpackExchange const& exchange,
                         Object const& object,
                         Where const& where,
                         ImportOptions const& options = {}) {
  DlpackArray const array = detail::exchanged(exchange, object);
  return detail::import_dlpack_as<T, L>(array, detail::stream_of_work(exchange, array, options),
                                        where, options);
}

PANE_NAMESPACE_END
