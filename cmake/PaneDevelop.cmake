# SPDX-License-Identifier: MIT
# What the tests, examples and benchmarks share: CUDA when there is a compiler for it, warnings, portable binaries,
# and the rule that a .cu file is compiled as C++ where CUDA is missing. No user of pane::pane reaches this file.
include(CheckLanguage)

set(PANE_CUDA "AUTO" CACHE STRING "Build .cu files with a CUDA compiler: AUTO (when found), ON, OFF")
set_property(CACHE PANE_CUDA PROPERTY STRINGS AUTO ON OFF)
set(PANE_CUDA_ARCHITECTURES "" CACHE STRING
    "Architectures of our own binaries; empty: those of this machine's GPUs, else 90")
set(PANE_SANITIZE "" CACHE STRING "Sanitizers of our own binaries, for example address;undefined")
option(PANE_STATIC_RUNTIME "Our own binaries carry libstdc++ and libgcc and run on other machines" ON)
option(PANE_WARNINGS_AS_ERRORS "Our own targets fail on a warning" ON)

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()

# ---- CUDA, if there is any -------------------------------------------------------------------------
set(pane_cuda FALSE)
if(PANE_CUDA STREQUAL "AUTO" OR PANE_CUDA)
  if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
    find_program(PANE_NVCC nvcc PATHS "$ENV{CUDA_HOME}/bin" /usr/local/cuda/bin)
    mark_as_advanced(PANE_NVCC)
    if(PANE_NVCC)
      set(CMAKE_CUDA_COMPILER "${PANE_NVCC}")
    endif()
  endif()
  if(NOT PANE_CUDA_ARCHITECTURES)
    find_program(PANE_NVIDIA_SMI nvidia-smi)
    mark_as_advanced(PANE_NVIDIA_SMI)
    if(PANE_NVIDIA_SMI)
      execute_process(COMMAND "${PANE_NVIDIA_SMI}" --query-gpu=compute_cap --format=csv,noheader
                      OUTPUT_VARIABLE pane_caps ERROR_QUIET)
      string(REGEX MATCHALL "[0-9]+\\.[0-9]" pane_caps "${pane_caps}")
      string(REPLACE "." "" pane_caps "${pane_caps}")
      list(REMOVE_DUPLICATES pane_caps)
    endif()
    if(NOT pane_caps)
      set(pane_caps 90)
    endif()
    set(PANE_CUDA_ARCHITECTURES "${pane_caps}")
  endif()
  set(CMAKE_CUDA_ARCHITECTURES "${PANE_CUDA_ARCHITECTURES}")
  if(PANE_CUDA STREQUAL "AUTO")
    check_language(CUDA)
  endif()
  if(CMAKE_CUDA_COMPILER OR NOT PANE_CUDA STREQUAL "AUTO")
    enable_language(CUDA)
    if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.0)
      message(FATAL_ERROR "Pane needs CUDA 12.0 or later, ${CMAKE_CUDA_COMPILER} is "
                          "${CMAKE_CUDA_COMPILER_VERSION}; -D PANE_CUDA=OFF builds without it")
    endif()
    # For .cpp files that call the runtime. FindCUDAToolkit of 3.25 stumbles over a toolkit that lacks libraries.
    find_library(PANE_CUDART_STATIC cudart_static HINTS ${CMAKE_CUDA_IMPLICIT_LINK_DIRECTORIES} REQUIRED)
    mark_as_advanced(PANE_CUDART_STATIC)
    add_library(pane_cudart INTERFACE)
    target_include_directories(pane_cudart SYSTEM INTERFACE ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
    target_link_libraries(pane_cudart INTERFACE "${PANE_CUDART_STATIC}" Threads::Threads ${CMAKE_DL_LIBS} rt)
    set(pane_cuda TRUE)
  endif()
endif()
if(pane_cuda)
  message(STATUS "Pane: .cu files are compiled by ${CMAKE_CUDA_COMPILER} "
                 "${CMAKE_CUDA_COMPILER_VERSION} for ${PANE_CUDA_ARCHITECTURES}")
else()
  message(STATUS "Pane: no CUDA compiler (PANE_CUDA=${PANE_CUDA}): .cu files are compiled as C++")
endif()

# ---- pane_develop: the private flags of our own targets ----------------------------------------------
add_library(pane_develop INTERFACE)
set(cxx_only "$<COMPILE_LANGUAGE:CXX>")
set(cuda_only "$<COMPILE_LANG_AND_ID:CUDA,NVIDIA>")
target_compile_options(pane_develop INTERFACE
  "$<${cxx_only}:-Wall;-Wextra;-Wconversion;-Wshadow>"
  # Host code that nvcc writes itself converts freely, so -Wconversion is left to the C++ build of the same files.
  "$<${cuda_only}:-Xcompiler=-Wall,-Wextra,-Wshadow>")
if(PANE_WARNINGS_AS_ERRORS)
  target_compile_options(pane_develop INTERFACE
    "$<${cxx_only}:-Werror>" "$<${cuda_only}:SHELL:-Werror all-warnings>" "$<${cuda_only}:-Xcompiler=-Werror>")
endif()
if(PANE_SANITIZE)
  list(JOIN PANE_SANITIZE "," pane_sanitizers)
  # g++ sees uninitialised values in its own library once the sanitizers have rewritten the code.
  target_compile_options(pane_develop INTERFACE
    "$<${cxx_only}:-fsanitize=${pane_sanitizers};-fno-sanitize-recover=all;-fno-omit-frame-pointer>"
    "$<${cxx_only}:-Wno-maybe-uninitialized>")
  target_link_options(pane_develop INTERFACE "-fsanitize=${pane_sanitizers}")
endif()
if(PANE_STATIC_RUNTIME)
  # A target opts out with its property PANE_STATIC_RUNTIME set to OFF.
  target_link_options(pane_develop INTERFACE
    "$<$<NOT:$<STREQUAL:$<TARGET_PROPERTY:PANE_STATIC_RUNTIME>,OFF>>:-static-libstdc++;-static-libgcc>")
endif()

# ---- pane_fmt: fmt where it is installed ---------------------------------------------------------------
find_package(fmt 9 QUIET)
add_library(pane_fmt INTERFACE)
if(fmt_FOUND)
  target_link_libraries(pane_fmt INTERFACE fmt::fmt-header-only)
  # fmt 9 turns constexpr off under nvcc but leaves consteval on, which C++20 does not accept.
  target_compile_definitions(pane_fmt INTERFACE "$<${cuda_only}:FMT_USE_CONSTEXPR=1>")
endif()

# pane_add_program(<target> <source> [OUTPUT_NAME <name>] [DIRECTORY <name>])
# One executable from one .cpp or .cu file, in <build>/bin/<DIRECTORY>.
function(pane_add_program target source)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "OUTPUT_NAME;DIRECTORY" "")
  pane_source_language("${source}")
  add_executable(${target} "${source}")
  target_link_libraries(${target} PRIVATE pane::pane pane_develop)
  set_target_properties(${target} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin/${arg_DIRECTORY}")
  if(arg_OUTPUT_NAME)
    set_target_properties(${target} PROPERTIES OUTPUT_NAME "${arg_OUTPUT_NAME}")
  endif()
endfunction()

# Without CUDA a .cu file is a C++ file. Call it in the directory that adds the target.
function(pane_source_language source)
  if(source MATCHES "\\.cu$" AND NOT pane_cuda)
    set_source_files_properties("${source}" PROPERTIES LANGUAGE CXX) # CMake adds -x c++
  endif()
endfunction()

# pane_read_marks(<source> <mark> <out>): the words after `// <mark>:` in a source file, as a list.
function(pane_read_marks source mark out)
  file(STRINGS "${source}" lines REGEX "^// ${mark}: ")
  string(REGEX REPLACE "// ${mark}: " "" lines "${lines}")
  separate_arguments(lines UNIX_COMMAND "${lines}")
  set(${out} "${lines}" PARENT_SCOPE)
endfunction()
