# SPDX-License-Identifier: MIT
# cmake -D CASE= -D SOURCE_DIR= -D BUILD_DIR= -D GENERATOR= -D CXX= -D CUDA= -D VERSION= -P run.cmake
# Builds and runs one consumer in a folder of its own outside the source tree, from an install that was moved away
# from its prefix (or, for add_subdirectory, from a copy of the few files a sub-project needs). No path of the source
# tree may appear in what the consumer compiles.
cmake_minimum_required(VERSION 3.25)

if(DEFINED ENV{TMPDIR})
  set(temp "$ENV{TMPDIR}")
else()
  set(temp "/tmp")
endif()
string(RANDOM LENGTH 12 suffix)
set(work "${temp}/pane-package-${CASE}-${suffix}")

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    file(REMOVE_RECURSE "${work}")
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "failed (${result}): ${command}\n${output}")
  endif()
  message(STATUS "ok: ${ARGN}")
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(run_silent)
  run(${ARGN})
  if(NOT output STREQUAL "")
    file(REMOVE_RECURSE "${work}")
    message(FATAL_ERROR "the compiler warns of Pane's headers:\n${output}")
  endif()
endfunction()

function(forbid_source_path where text)
  string(FIND "${text}" "${SOURCE_DIR}" at)
  if(NOT at EQUAL -1)
    file(REMOVE_RECURSE "${work}")
    message(FATAL_ERROR "${where} names the source tree ${SOURCE_DIR}:\n${text}")
  endif()
endfunction()

# ---- the library, somewhere else -----------------------------------------------------------------------
if(CASE MATCHES "^(add_subdirectory|fetch_content)$")
  file(COPY "${SOURCE_DIR}/CMakeLists.txt" "${SOURCE_DIR}/cmake" "${SOURCE_DIR}/include" DESTINATION "${work}/pane")
else()
  run("${CMAKE_COMMAND}" --install "${BUILD_DIR}" --prefix "${work}/prefix")
  file(RENAME "${work}/prefix" "${work}/moved")
  file(GLOB_RECURSE installed LIST_DIRECTORIES false "${work}/moved/*")
  foreach(file IN LISTS installed)
    if(NOT file MATCHES "/(include/pane/.*\\.hpp|share/cmake/pane/[^/]*\\.cmake|share/licenses/pane/LICENSE)$")
      file(REMOVE_RECURSE "${work}")
      message(FATAL_ERROR "installed, but neither a header nor a package file: ${file}")
    endif()
    file(READ "${file}" text)
    forbid_source_path("${file}" "${text}")
  endforeach()
endif()

# ---- the consumer, somewhere else too ------------------------------------------------------------------
set(folder "${CASE}")
if(CASE STREQUAL "fetch_content")
  set(folder add_subdirectory)
endif()
if(EXISTS "${SOURCE_DIR}/tests/package/${folder}") # plain_include is a compiler's command line and no project
  file(COPY "${SOURCE_DIR}/tests/package/${folder}/" DESTINATION "${work}/consumer")
endif()
file(COPY "${SOURCE_DIR}/tests/package/main.cpp" "${SOURCE_DIR}/tests/package/enqueue.cu"
     DESTINATION "${work}/consumer")

if(CASE STREQUAL "plain_include") # no CMake at all: one include path, and not a word from the compilers
  set(include "${work}/moved/include")
  run_silent("${CXX}" -std=c++20 -Wall -Wextra -I "${include}" "${work}/consumer/main.cpp" -pthread
             -o "${work}/consumer/main")
  run("${work}/consumer/main")
  if(CUDA)
    run_silent("${CUDA}" -std=c++20 -arch=sm_90 -Xcompiler=-Wall,-Wextra -I "${include}"
               -c "${work}/consumer/enqueue.cu" -o "${work}/consumer/enqueue.o")
  endif()
else()
  set(options -D "CMAKE_CXX_COMPILER=${CXX}" -D CMAKE_EXPORT_COMPILE_COMMANDS=ON -D CMAKE_BUILD_TYPE=None
      -D "CMAKE_PREFIX_PATH=${work}/moved" -D "PANE_COPY=${work}/pane" -D "CASE=${CASE}"
      -D "EXPECTED_VERSION=${VERSION}")
  if(CUDA)
    list(APPEND options -D "CMAKE_CUDA_COMPILER=${CUDA}" -D CMAKE_CUDA_ARCHITECTURES=90)
  endif()
  unset(ENV{CMAKE_PREFIX_PATH})
  run("${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${work}/consumer" -B "${work}/build" ${options})
  run("${CMAKE_COMMAND}" --build "${work}/build")
  run("${work}/build/consumer")
  file(READ "${work}/build/compile_commands.json" commands)
  if(CUDA) # the compiler itself may lie in the build tree
    string(REPLACE "${CUDA}" "nvcc" commands "${commands}")
  endif()
  forbid_source_path("the consumer's compile commands" "${commands}")
  # With an empty build type everything on the command line but paths came from pane::pane: a language level only.
  string(REGEX MATCHALL " -(W|O|f|m|D)[^ \"]*" flags "${commands}")
  list(FILTER flags EXCLUDE REGEX "-forward-unknown-to-host-compiler")
  if(flags)
    file(REMOVE_RECURSE "${work}")
    message(FATAL_ERROR "pane::pane gave its user the flags ${flags}:\n${commands}")
  endif()
  if(CASE STREQUAL "cxx_only" AND commands MATCHES "cuda")
    file(REMOVE_RECURSE "${work}")
    message(FATAL_ERROR "a C++ project was given CUDA:\n${commands}")
  endif()
endif()
file(REMOVE_RECURSE "${work}")
