# SPDX-License-Identifier: MIT
# cmake -D source=<consumer> -D folder=<scratch> -D install_from=<build folder or empty>
#       -D generator=… -D compiler=… -D options=… -P check.cmake
# Installs infoflow if the consumer wants the package; then configures, builds and runs the consumer.
cmake_minimum_required(VERSION 3.24)
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output
                  ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${folder})
if(install_from)
  run(${CMAKE_COMMAND} --install ${install_from} --prefix ${folder}/prefix)
  list(APPEND options -DCMAKE_PREFIX_PATH=${folder}/prefix)
endif()
run(${CMAKE_COMMAND} -S ${source} -B ${folder}/build -G ${generator}
    -DCMAKE_CXX_COMPILER=${compiler} ${options})
run(${CMAKE_COMMAND} --build ${folder}/build)
run(${folder}/build/consumer)
