// SPDX-License-Identifier: MIT
#pragma once

#if defined(__cplusplus) && __cplusplus < 202002L
#error "Pane needs C++20: add -std=c++20 (g++, clang++, nvcc), or link the CMake target pane::pane"
#endif

/// Opened by every header; the inline namespace lets two major versions live in one program.
#define PANE_NAMESPACE_BEGIN \
  namespace pane {           \
  inline namespace v0 {
#define PANE_NAMESPACE_END \
  }                        \
  }

/// Marks what runs on the host and on the GPU. Expands to nothing without a CUDA compiler.
#if defined(__CUDACC__)
#define PANE_HOST_DEVICE __host__ __device__
#else
#define PANE_HOST_DEVICE
#endif

/// Kernels and the templates that launch them never leave the shared library that uses them. A pragma around them, as
/// the attribute is refused on instantiations for a type of an unnamed namespace.
#if defined(__GNUC__)
#define PANE_HIDDEN_BEGIN _Pragma("GCC visibility push(hidden)")
#define PANE_HIDDEN_END _Pragma("GCC visibility pop")
#else
#define PANE_HIDDEN_BEGIN
#define PANE_HIDDEN_END
#endif

/// For the functions whose body must melt into the kernel that calls them; the second form for a lambda, behind its
/// parameters. Not under AddressSanitizer, whose checks make large functions slow to compile.
#if defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__)
#define PANE_INLINE inline __attribute__((always_inline))
#define PANE_INLINE_LAMBDA __attribute__((always_inline))
#else
#define PANE_INLINE inline
#define PANE_INLINE_LAMBDA
#endif

/// For the rare path of a function that would otherwise be copied into every caller; the second form for a path that is
/// rare on the GPU only.
#if defined(__GNUC__)
#define PANE_NOINLINE __attribute__((noinline))
#else
#define PANE_NOINLINE
#endif
#if defined(__CUDA_ARCH__)
#define PANE_GPU_NOINLINE PANE_NOINLINE
#else
#define PANE_GPU_NOINLINE PANE_INLINE
#endif

/// Unrolls the loop that follows, whose length is a constant; on the CPU up to 8 times, so that loops over long runs stay
/// loops, which become vectors. The host half of a CUDA compilation goes without: the two compilers that see it agree
/// on no spelling.
#if defined(__CUDA_ARCH__)
#define PANE_UNROLL _Pragma("unroll")
#elif defined(__clang__)
#define PANE_UNROLL _Pragma("clang loop unroll_count(8)")
#elif defined(__GNUC__) && !defined(__CUDACC__)
#define PANE_UNROLL _Pragma("GCC unroll 8")
#else
#define PANE_UNROLL
#endif

/// Keeps the loop that follows a loop, where unrolling would only copy a rare path.
#if defined(__CUDA_ARCH__) || defined(__clang__)
#define PANE_NO_UNROLL _Pragma("unroll 1")
#else
#define PANE_NO_UNROLL
#endif

/// 1 where the CPU's kernels are compiled twice, once for x86 processors with AVX2 and FMA (2013 and later), and the one
/// to run is chosen when the program runs. With -march=x86-64-v3 or more all code is for those, and there is one. Define it as 0
/// to have one in any case.
#if defined(PANE_HOST_AVX2)
#elif defined(__x86_64__) && defined(__GNUC__) && !(defined(__AVX2__) && defined(__FMA__))
#define PANE_HOST_AVX2 1
#else
#define PANE_HOST_AVX2 0
#endif

/// 1 where a launch may begin while the one before it ends, as kernels/launch_cuda.hpp says. Define it as 0 to have every
/// launch begin when the one before it is done, as for programs that look at the edges of a captured graph.
#if !defined(PANE_OVERLAP_LAUNCHES)
#define PANE_OVERLAP_LAUNCHES 1
#endif

/// 1 while the GPU's own code is being compiled.
#if defined(__CUDA_ARCH__)
#define PANE_DEVICE_CODE 1
#else
#define PANE_DEVICE_CODE 0
#endif
