// SPDX-License-Identifier: MIT
#pragma once

// Exchange of tensors with other libraries. A .cu file gets imports on a stream as well; a .cpp file that wants
// them includes <pane/interop/cuda_memory.hpp> (and cuda_event.hpp for a ReleaseQueue) and links the CUDA runtime.

#include <pane/interop/array_interface.hpp>
#include <pane/interop/array_request.hpp>
#include <pane/interop/array_view.hpp>
#include <pane/interop/cai_dlpack.hpp>
#include <pane/interop/cai_fields.hpp>
#include <pane/interop/cai_parse.hpp>
#include <pane/interop/cai_quirk.hpp>
#include <pane/interop/const_memory.hpp>
#include <pane/interop/consumer.hpp>
#include <pane/interop/cuda_array_interface.hpp>
#include <pane/interop/descr.hpp>
#include <pane/interop/dlpack.hpp>
#include <pane/interop/dlpack_exchange.hpp>
#include <pane/interop/dlpack_export.hpp>
#include <pane/interop/dlpack_owner.hpp>
#include <pane/interop/dlpack_parse.hpp>
#include <pane/interop/dlpack_stream.hpp>
#include <pane/interop/dlpack_types.hpp>
#include <pane/interop/import_error.hpp>
#include <pane/interop/import_place.hpp>
#include <pane/interop/import_tensor.hpp>
#include <pane/interop/infer_layout.hpp>
#include <pane/interop/mdspan.hpp>
#include <pane/interop/memory_query.hpp>
#include <pane/interop/npy.hpp>
#include <pane/interop/npy_header.hpp>
#include <pane/interop/npy_write.hpp>
#include <pane/interop/nvcodec.hpp>
#include <pane/interop/nvcv.hpp>
#include <pane/interop/python_text.hpp>
#include <pane/interop/python_value.hpp>
#include <pane/interop/release_queue.hpp>
#include <pane/interop/rmm.hpp>
#include <pane/interop/tensorrt.hpp>
#include <pane/interop/typestr.hpp>

#if defined(__CUDACC__)
#include <pane/interop/cuda_event.hpp>
#include <pane/interop/cuda_memory.hpp>
#include <pane/interop/npy_cuda.hpp>
#endif
