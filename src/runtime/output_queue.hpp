// What a connection has still to send: bytes and ranges of files, in order; seen by runtime/ alone.
#pragma once

#include <deque>
#include <memory>

#include "base/bytes.hpp"
#include "runtime/file.hpp"

namespace weir::runtime {

class OutputQueue {
  public:
    // A piece of output: bytes, or a range of a file.
    struct Part {
        Bytes bytes;
        std::shared_ptr<File> file;
        std::uint64_t position = 0;  // of the first byte not yet sent, in `bytes` or in the file
        std::uint64_t end = 0;

        std::uint64_t left() const { return end - position; }
    };

    // Nothing is queued if there is nothing to send.
    void push(Bytes bytes) {
        const auto size = bytes.size();
        push({.bytes = std::move(bytes), .file = nullptr, .position = 0, .end = size});
    }
    void push(std::shared_ptr<File> file, std::uint64_t position, std::uint64_t size) {
        push({.bytes = {}, .file = std::move(file), .position = position, .end = position + size});
    }
    // `count` bytes from the front have been sent.
    void take(std::uint64_t count) {
        unsent_bytes_ -= count;
        while (count > 0) {
            auto& part = parts_.front();
            const auto step = std::min(count, part.left());
            part.position += step;
            count -= step;
            if (part.left() == 0) parts_.pop_front();
        }
    }
    void clear() {
        parts_.clear();
        unsent_bytes_ = 0;
    }

    bool empty() const { return parts_.empty(); }
    std::size_t unsent_bytes() const { return unsent_bytes_; }
    Part& front() { return parts_.front(); }
    auto begin() { return parts_.begin(); }
    auto end() { return parts_.end(); }

  private:
    void push(Part part) {
        if (part.left() == 0) return;
        unsent_bytes_ += part.left();
        parts_.push_back(std::move(part));
    }

    std::deque<Part> parts_;
    std::size_t unsent_bytes_ = 0;
};

}  // namespace weir::runtime
