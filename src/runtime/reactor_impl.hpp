// What a Reactor is made of: seen by runtime/ alone, since Asio's headers are slow to compile.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <mutex>
#include <vector>

#include "runtime/reactor.hpp"

namespace weir::runtime {

struct Reactor::Impl {
    Impl();

    // Asio's own post() wakes the reactor while it holds the lock that the reactor then wants: two more
    // changes of threads for each task. So tasks wait here, and other threads ring for the first of them.
    void post(Task task, bool is_own);
    void ring();
    void listen();
    void run_posted();
    void drop_posted();
    // Once there is nothing else to do, sleeps for a moment, woken by nothing but other threads' tasks, and
    // runs what waits for that: what sockets bring meanwhile is handled together.
    void nap();

    std::mutex mutex;  // guards what follows
    std::vector<Task> posted;
    bool is_dropping = false;  // what is posted: the reactor goes
    // ---- the reactor's own
    boost::asio::io_context context{1};  // one thread runs it
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
    boost::asio::posix::stream_descriptor bell;  // an eventfd
    std::uint64_t rings = 0;                     // that were read from it
    std::vector<Task> running;                   // the memory of those that were posted before
    std::vector<Task> end_of_turn;
    std::vector<Task> after_nap;  // the next thing that the reactor does is to sleep for them
    // What closes each open connection when the reactors stop: a connection and its session hold each other.
    std::unordered_map<const void*, Task> closers;
};

}  // namespace weir::runtime
