// Fuzzes a whole connection: any bytes, before the handshake and after it, cut anywhere.
#include <algorithm>

#include "base/assert.hpp"
#include "support/scripted_amqp.hpp"

namespace {

// A client that may do what it likes, and a broker that answers everything at once.
void fuzz(weir::ByteView input, bool connected, std::size_t step) {
    weir::test::ScriptedAmqp client;
    if (connected) client.connect();
    while (!input.empty() && client.machine->wants_input()) {
        const auto part = input.first(std::min(input.size(), step));
        client.bytes(part);
        input = input.subspan(part.size());
        client.clock.advance_ms(1);
        client.machine->tick();
    }
    client.said();  // asserts that all of it can be read
    client.machine->disconnected();
    const auto count = [&](std::string_view what) {
        return std::ranges::count_if(client.events, [&](const auto& e) { return e.starts_with(what); });
    };
    ASSERT(count("closed") == count("opened") + (connected ? 1 : 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    fuzz({data + 2, size - 2}, data[0] & 1, std::size_t{1} << data[1] % 16);
    return 0;
}
