# SPDX-License-Identifier: MIT
# Other people's libraries that a test file asks for by a line `// NEEDS: torch`. Each is searched once; where it is
# missing the file is built without it, finds no header by __has_include, and skips by name.
set(PANE_TORCH_DIR "" CACHE PATH "Folder of the Python package torch (include/, lib/); empty: python3's own")
set(PANE_RMM_DIR "" CACHE PATH "Folder of the Python package librmm (include/, lib64/); empty: python3's own")
mark_as_advanced(PANE_TORCH_DIR PANE_RMM_DIR)

# The folder of a Python package, without importing it; empty when there is none.
function(pane_python_package name out)
  execute_process(
    COMMAND python3 -c "from importlib.util import find_spec as f; s = f('${name}'); print(s.origin if s else '')"
    OUTPUT_VARIABLE file OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE result)
  set(folder "")
  if(result EQUAL 0 AND file MATCHES "/__init__.py$")
    cmake_path(GET file PARENT_PATH folder)
  endif()
  set(${out} "${folder}" PARENT_SCOPE)
endfunction()

# pane_need_library(<need> INCLUDE <header> <folders...> LIBRARIES <names...> IN <folders...>): makes the target
# pane_need_<need> when the header and all libraries are there.
function(pane_need_library need)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "HEADER" "INCLUDE;LIBRARIES;IN")
  set(paths)
  find_path(PANE_NEED_PATH "${arg_HEADER}" PATHS ${arg_INCLUDE} NO_CACHE)
  set(found "${PANE_NEED_PATH}")
  foreach(library IN LISTS arg_LIBRARIES)
    unset(file)
    find_library(file ${library} PATHS ${arg_IN} NO_CACHE)
    if(NOT file)
      set(found "")
    endif()
    list(APPEND paths "${file}")
  endforeach()
  if(found)
    add_library(pane_need_${need} INTERFACE)
    target_include_directories(pane_need_${need} SYSTEM INTERFACE "${found}")
    target_link_libraries(pane_need_${need} INTERFACE ${paths})
  endif()
endfunction()

function(pane_find_torch)
  set(torch "${PANE_TORCH_DIR}")
  if(NOT torch)
    pane_python_package(torch torch)
  endif()
  if(torch)
    pane_need_library(torch HEADER ATen/core/Tensor.h INCLUDE "${torch}/include" LIBRARIES torch_cpu c10
                      IN "${torch}/lib")
    if(pane_cuda)
      pane_need_library(torch_cuda HEADER c10/cuda/CUDAStream.h INCLUDE "${torch}/include"
                        LIBRARIES torch_cpu c10 c10_cuda IN "${torch}/lib")
    endif()
  endif()
endfunction()

function(pane_find_rmm)
  set(rmm "${PANE_RMM_DIR}")
  if(NOT rmm)
    pane_python_package(librmm rmm)
  endif()
  if(rmm AND pane_cuda)
    pane_need_library(rmm HEADER rmm/device_buffer.hpp INCLUDE "${rmm}/include" LIBRARIES rmm rapids_logger
                      IN "${rmm}/lib64" "${rmm}/../rapids_logger/lib64")
    if(TARGET pane_need_rmm)
      target_include_directories(pane_need_rmm SYSTEM INTERFACE "${rmm}/include/rapids")
    endif()
  endif()
endfunction()

function(pane_find_opencv)
  pane_need_library(opencv HEADER opencv2/core.hpp INCLUDE /usr/include/opencv4 /usr/local/include/opencv4
                    LIBRARIES opencv_core)
endfunction()

function(pane_find_cccl)
  set(folders ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES} /usr/local/cuda/include)
  list(TRANSFORM folders APPEND "/cccl" OUTPUT_VARIABLE cccl)
  pane_need_library(cccl HEADER cuda/std/mdspan INCLUDE ${cccl} ${folders})
endfunction()

# Links a test program to what it needs, if that is here.
function(pane_link_need target need)
  string(REGEX REPLACE "_cuda$" "" search "${need}")
  get_property(searched GLOBAL PROPERTY pane_searched_${search})
  if(NOT searched)
    set_property(GLOBAL PROPERTY pane_searched_${search} TRUE)
    cmake_language(CALL pane_find_${search})
    if(NOT TARGET pane_need_${need})
      message(STATUS "Pane: ${need} was not found: tests that need it are skipped")
    endif()
  endif()
  if(TARGET pane_need_${need})
    target_link_libraries(${target} PRIVATE pane_need_${need})
    # One C++ runtime in the program: the library brings the shared one.
    set_target_properties(${target} PROPERTIES PANE_STATIC_RUNTIME OFF)
  endif()
endfunction()
