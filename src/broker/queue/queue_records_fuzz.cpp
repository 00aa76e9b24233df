// Any bytes as records of a queue log and as a snapshot: what is read must encode to the same meaning, and
// whatever it does to a machine, that machine's snapshot must make the same one.
#include "base/assert.hpp"
#include "base/crc32c.hpp"
#include "broker/queue/queue_machine.hpp"

namespace {

using namespace weir;
using namespace weir::queue;

void expect_same_again(const QueueMachine& machine) {
    const Bytes snapshot = machine.snapshot();
    QueueMachine again;
    ASSERT(again.load(snapshot).has_value());
    ASSERT(again.snapshot() == snapshot);
    ASSERT(again.log_use() == machine.log_use());
}

void run_as_leader(QueueMachine& machine) {
    machine.start(1'000);
    for (std::int64_t now_ms = 1'000; now_ms < 100'000; now_ms += 33'000) {
        Effects effects;
        machine.on_time(now_ms, effects);
        machine.dispatch(now_ms, effects);
        std::int64_t position = 1'000'000 + now_ms;
        for (const auto& record : effects.records) machine.apply(record, Offset{position++}, now_ms, 0);
    }
}

// Records one behind the other, each with its length in a byte before it.
void apply_all(ByteView in) {
    QueueMachine machine;
    for (std::uint64_t id = 0; id < 3; ++id) {
        machine.apply(DeclareRecord{QueueId{id}, "q", {.max_priority = static_cast<std::uint8_t>(id)}},
                      Offset{static_cast<std::int64_t>(id)}, 1'000, 0);
    }
    for (std::int64_t position = 3; !in.empty(); ++position) {
        const auto size = std::min<std::size_t>(in[0], in.size() - 1);
        const ByteView key = in.subspan(1, size);
        in = in.subspan(1 + size);
        const auto record = decode(key);
        if (record) {
            const auto again = decode(encode(*record));
            ASSERT(again && *again == *record);
        }
        (void)machine.apply({Offset{position}, 1'000 + position, key, 10});
    }
    expect_same_again(machine);
    run_as_leader(machine);
    expect_same_again(machine);
}

void load_snapshot(ByteView body) {
    Bytes snapshot{'W', 'Q', 'S', '1', 0, 0, 0, 0};
    store_little(snapshot.data() + 4, crc32c(body));
    snapshot.insert(snapshot.end(), body.begin(), body.end());
    QueueMachine machine;
    if (machine.load(snapshot)) run_as_leader(machine);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    apply_all({data, size});
    load_snapshot({data, size});
    return 0;
}
