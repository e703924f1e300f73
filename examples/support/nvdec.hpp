// SPDX-License-Identifier: MIT
#pragma once

// NVDEC through libnvcuvid, which comes with the driver: frames of an H.264 stream, in the order of display, where the
// decoder has them. Needs the headers of ffnvcodec (Debian: libffmpeg-nvenc-dev).

#include <string>

#include "library.hpp"
#include "machine.hpp"

#if defined(__CUDACC__) && __has_include(<ffnvcodec/dynlink_nvcuvid.h>)
#define PANE_EXAMPLE_NVDEC 1

#include <pane/core/planes.hpp>
#include <pane/core/stream.hpp>
#include <pane/interop/nvcodec.hpp>
#include <pane/views/color.hpp>

#include <cuda.h>  // before ffnvcodec, which brings declarations of its own where it is missing
#include <cuda_runtime_api.h>

#include <ffnvcodec/dynlink_nvcuvid.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>

#include "h264_file.hpp"

namespace example {

/// How the stream says that its colours are to be understood.
struct VideoColor {
  int matrix = 2;  ///< matrix_coefficients of H.264, 2: not said
  pane::ColorRange range = pane::limited_range;
};

class Nvdec {
 public:
  using Planes = pane::Planes<std::uint8_t const>;
  /// Frame number `index`; `frame` lies on the decoder's surface and may be read by work that is enqueued on the
  /// stream before this returns. False: no more frames are wanted.
  using OnFrame =
      std::function<bool(std::int64_t index, Planes const& frame, VideoColor const& color)>;
  using Wanted = std::function<bool(std::int64_t index)>;

  explicit Nvdec(pane::Stream stream) : stream_(stream), library_({"libnvcuvid.so.1"}) {
    if (!library_) throw UsageError("--in: NVDEC cannot be used: " + library_.problem());
    check(cudaFree(nullptr), "cudaFree");  // makes the context that the decoder belongs to
    for (Surface& s : surfaces_)
      check(cudaEventCreateWithFlags(&s.passed, cudaEventDisableTiming), "cudaEventCreate");
  }
  Nvdec(Nvdec const&) = delete;
  Nvdec& operator=(Nvdec const&) = delete;
  ~Nvdec() {
    for (Surface& s : surfaces_) {
      try {
        release(s);
      } catch (std::exception const&) {  // the decoder goes in any case
      }
      (void)cudaEventDestroy(s.passed);
    }
    if (decoder_ != nullptr)
      library_.function<tcuvidDestroyDecoder>("cuvidDestroyDecoder")(decoder_);
  }

  /// Decodes until the stream ends or `on_frame` wants no more. Skipped frames are decoded and not mapped.
  void decode(H264File const& file, Wanted wanted, OnFrame on_frame) {
    wanted_ = std::move(wanted);
    on_frame_ = std::move(on_frame);
    CUVIDPARSERPARAMS params{};
    params.CodecType = cudaVideoCodec_H264;
    params.ulMaxNumDecodeSurfaces = 1;  // the sequence callback says how many
    params.ulMaxDisplayDelay = 2;
    params.pUserData = this;
    params.pfnSequenceCallback = [](void* self, CUVIDEOFORMAT* format) {
      return guarded(self, [&](Nvdec& d) { return d.begin(*format); });
    };
    params.pfnDecodePicture = [](void* self, CUVIDPICPARAMS* picture) {
      return guarded(self, [&](Nvdec& d) {
        check(d.library_.function<tcuvidDecodePicture>("cuvidDecodePicture")(d.decoder_, picture),
              "cuvidDecodePicture");
        return 1;
      });
    };
    params.pfnDisplayPicture = [](void* self, CUVIDPARSERDISPINFO* shown) {
      return guarded(self, [&](Nvdec& d) { return d.show(*shown); });
    };
    CUvideoparser parser = nullptr;
    check(library_.function<tcuvidCreateVideoParser>("cuvidCreateVideoParser")(&parser, &params),
          "cuvidCreateVideoParser");
    auto* const destroy = library_.function<tcuvidDestroyVideoParser>("cuvidDestroyVideoParser");
    std::unique_ptr<std::remove_pointer_t<CUvideoparser>, tcuvidDestroyVideoParser*> const owner(
        parser, destroy);
    auto* const parse = library_.function<tcuvidParseVideoData>("cuvidParseVideoData");
    auto const feed = [&](CUVIDSOURCEDATAPACKET packet) {
      CUresult const status = parse(parser, &packet);
      if (failure_) std::rethrow_exception(failure_);
      if (!enough_) check(status, "cuvidParseVideoData");
    };
    for (std::size_t i = 0; i < file.packets.size() && !enough_; ++i) {
      CUVIDSOURCEDATAPACKET packet{};
      packet.flags = file.pictures ? CUVID_PKT_ENDOFPICTURE : 0;
      packet.payload = file.packets[i].data();
      packet.payload_size = file.packets[i].size();
      feed(packet);
    }
    if (!enough_) {
      CUVIDSOURCEDATAPACKET end{};
      end.flags = CUVID_PKT_ENDOFSTREAM;
      feed(end);
    }
  }

  /// How often a surface had to be waited for before it could go back to the decoder.
  int waits() const { return waits_; }

 private:
  struct Surface {
    unsigned long long address = 0;  // 0: not mapped
    cudaEvent_t passed = nullptr;    // recorded behind the last kernel that reads it
  };

  static void check(cudaError_t status, char const* call) { example::check(status, call); }
  static void check(CUresult status, char const* call) {
    if (status != CUDA_SUCCESS)
      throw UsageError(std::string("--in: ") + call + ": error " + std::to_string(status) +
                       " of the video driver");
  }

  /// Exceptions do not pass through the driver: they wait until it has returned.
  template <class F>
  static int guarded(void* self, F&& f) {
    auto& decoder = *static_cast<Nvdec*>(self);
    if (decoder.failure_ || decoder.enough_) return 0;
    try {
      return f(decoder);
    } catch (...) {
      decoder.failure_ = std::current_exception();
      return 0;
    }
  }

  int begin(CUVIDEOFORMAT const& format) {
    if (decoder_ != nullptr) {
      if (format.coded_width != format_.coded_width || format.coded_height != format_.coded_height)
        throw UsageError("--in: the video changes its size, which this program does not follow");
      format_ = format;
      return static_cast<int>(info_.ulNumDecodeSurfaces);
    }
    CUVIDDECODECAPS caps{};
    caps.eCodecType = format.codec;
    caps.eChromaFormat = format.chroma_format;
    caps.nBitDepthMinus8 = format.bit_depth_luma_minus8;
    check(library_.function<tcuvidGetDecoderCaps>("cuvidGetDecoderCaps")(&caps),
          "cuvidGetDecoderCaps");
    bool const good = caps.bIsSupported != 0 && format.chroma_format == cudaVideoChromaFormat_420 &&
                      format.bit_depth_luma_minus8 == 0 && format.coded_width <= caps.nMaxWidth &&
                      format.coded_height <= caps.nMaxHeight;
    if (!good) {
      throw UsageError("--in: a video of " + std::to_string(format.coded_width) + "x" +
                       std::to_string(format.coded_height) + " with " +
                       std::to_string(8 + format.bit_depth_luma_minus8) +
                       " bits is not decoded here: it must be 4:2:0 with 8 bits, up to " +
                       std::to_string(caps.nMaxWidth) + "x" + std::to_string(caps.nMaxHeight));
    }
    format_ = format;
    info_.CodecType = format.codec;
    info_.ChromaFormat = format.chroma_format;
    info_.OutputFormat = cudaVideoSurfaceFormat_NV12;
    info_.ulWidth = format.coded_width;
    info_.ulHeight = format.coded_height;
    info_.ulTargetWidth = format.coded_width;
    info_.ulTargetHeight = format.coded_height;
    info_.ulNumDecodeSurfaces = format.min_num_decode_surfaces;
    info_.ulNumOutputSurfaces = surfaces_.size();
    info_.ulCreationFlags = cudaVideoCreate_PreferCUVID;
    info_.DeinterlaceMode = format.progressive_sequence != 0 ? cudaVideoDeinterlaceMode_Weave
                                                             : cudaVideoDeinterlaceMode_Adaptive;
    check(library_.function<tcuvidCreateDecoder>("cuvidCreateDecoder")(&decoder_, &info_),
          "cuvidCreateDecoder");
    return format.min_num_decode_surfaces;
  }

  /// Gives a surface back. The decoder writes it again at once, so the stream must have passed its readers: this waits
  /// for their event, and for nothing else.
  void release(Surface& s) {
    if (s.address == 0) return;
    cudaError_t status = cudaEventQuery(s.passed);
    if (status == cudaErrorNotReady) {
      (void)cudaGetLastError();
      ++waits_;
      status = cudaEventSynchronize(s.passed);
    }
    unsigned long long const address = s.address;
    s.address = 0;
    CUresult const unmapped =
        library_.function<tcuvidUnmapVideoFrame64>("cuvidUnmapVideoFrame64")(decoder_, address);
    check(status, "cudaEventSynchronize");
    check(unmapped, "cuvidUnmapVideoFrame64");
  }

  int show(CUVIDPARSERDISPINFO const& shown) {
    std::int64_t const index = index_++;
    if (!wanted_(index)) return 1;
    Surface& s = surfaces_[next_++ % surfaces_.size()];  // the one that was mapped longest ago
    release(s);
    CUVIDPROCPARAMS how{};
    how.progressive_frame = shown.progressive_frame;
    how.top_field_first = shown.top_field_first;
    how.unpaired_field = shown.repeat_first_field < 0 ? 1 : 0;
    how.second_field = shown.repeat_first_field + 1;
    how.output_stream = stream_.handle();
    unsigned pitch = 0;
    check(library_.function<tcuvidMapVideoFrame64>("cuvidMapVideoFrame64")(
              decoder_, shown.picture_index, &s.address, &pitch, &how),
          "cuvidMapVideoFrame64");
    VideoColor const color{format_.video_signal_description.matrix_coefficients,
                           format_.video_signal_description.video_full_range_flag != 0
                               ? pane::full_range
                               : pane::limited_range};
    try {
      enough_ = !on_frame_(index, pane::nvdec_frame<std::uint8_t>(s.address, pitch, info_, format_),
                           color);
    } catch (...) {
      (void)cudaEventRecord(s.passed,
                            stream_.handle());  // behind what was enqueued before it failed
      throw;
    }
    check(cudaEventRecord(s.passed, stream_.handle()), "cudaEventRecord");
    return 1;
  }

  pane::Stream stream_;
  Library library_;
  CUvideodecoder decoder_ = nullptr;
  CUVIDDECODECREATEINFO info_{};
  CUVIDEOFORMAT format_{};
  std::array<Surface, 4> surfaces_{};
  std::size_t next_ = 0;
  std::int64_t index_ = 0;
  int waits_ = 0;
  bool enough_ = false;
  Wanted wanted_;
  OnFrame on_frame_;
  std::exception_ptr failure_;
};

}  // namespace example

#endif
