// A plain socket as a stranger would use it: writes what it likes, reads what comes.
#pragma once

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace weir::test {

// To a port of this machine. Throws nothing: a failed call is a failed test.
class RawClient {
  public:
    explicit RawClient(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    ~RawClient() { ::close(descriptor_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void write(std::string_view text) {
        EXPECT_EQ(::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL), ssize_t(text.size()));
    }
    // Fewer bytes only if the connection ends before.
    std::string read(std::size_t size) {
        std::string text(size, '\0');
        std::size_t done = 0;
        while (done < size) {
            const auto n = ::read(descriptor_, text.data() + done, size - done);
            if (n <= 0) break;
            done += static_cast<std::size_t>(n);
        }
        text.resize(done);
        return text;
    }
    // Reads on until the other side closes.
    void wait_closed() {
        while (!read(4096).empty()) continue;
    }

  private:
    int descriptor_;
};

}  // namespace weir::test
