// What a Reactor is made of: seen by runtime/ alone, since Asio's headers are slow to compile.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <vector>

#include "runtime/reactor.hpp"

namespace weir::runtime {

struct Reactor::Impl {
    boost::asio::io_context context{1};  // one thread runs it
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
    std::vector<Task> end_of_turn;
    // What closes each open connection when the reactors stop: a connection and its session hold each other.
    std::unordered_map<const void*, Task> closers;
};

}  // namespace weir::runtime
