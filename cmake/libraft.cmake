# The target weir_libraft: the consensus engine, libraft (cowsql/raft, LGPL-3.0 with linking exception), at
# least 0.22.1: an installed one, or its core compiled from the source that tools/libraft fetches.
set(WEIR_LIBRAFT_VERSION 0.22.1)

add_library(weir_libraft INTERFACE)
pkg_check_modules(libraft QUIET IMPORTED_TARGET raft>=${WEIR_LIBRAFT_VERSION})
if(libraft_FOUND)
  target_link_libraries(weir_libraft INTERFACE PkgConfig::libraft)
  return()
endif()

# One download for all presets.
execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/libraft ${PROJECT_SOURCE_DIR}/build/third_party
                OUTPUT_VARIABLE source OUTPUT_STRIP_TRAILING_WHITESPACE
                ERROR_VARIABLE said RESULT_VARIABLE failure)
if(failure)
  message(FATAL_ERROR "libraft >= ${WEIR_LIBRAFT_VERSION} is neither installed nor to be had:\n${said}")
endif()

if(NOT CMAKE_C_COMPILER)
  string(REPLACE "clang++" "clang" c_compiler "${CMAKE_CXX_COMPILER}")
  string(REPLACE "g++" "gcc" c_compiler "${c_compiler}")
  set(CMAKE_C_COMPILER ${c_compiler} CACHE STRING "the C compiler that belongs to the C++ compiler")
  set(CMAKE_C_COMPILER_LAUNCHER "${CMAKE_CXX_COMPILER_LAUNCHER}" CACHE STRING "as for C++")
endif()
enable_language(C)

# Its core only: the rest is an event loop, files and sockets, which weir has its own of.
set(parts byte client configuration convert election entry err heap membership message progress random raft
          recv recv_append_entries recv_append_entries_result recv_install_snapshot recv_request_vote
          recv_request_vote_result recv_timeout_now replication restore state timeout tracing trail)
list(TRANSFORM parts PREPEND ${source}/src/)
list(TRANSFORM parts APPEND .c)
add_library(weir_libraft_core STATIC ${parts})
set_target_properties(weir_libraft_core PROPERTIES UNITY_BUILD OFF)  # its files share static names
# Not our warnings, but its assertions, always: what the engine can't go on from must end the process.
target_compile_options(weir_libraft_core PRIVATE -std=gnu11 -O2 -g1 -w -UNDEBUG)
if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=(address|thread)")
  target_compile_options(weir_libraft_core PRIVATE -fsanitize=${CMAKE_MATCH_1})
endif()
target_include_directories(weir_libraft_core SYSTEM INTERFACE ${source}/include)
target_link_libraries(weir_libraft INTERFACE weir_libraft_core)
