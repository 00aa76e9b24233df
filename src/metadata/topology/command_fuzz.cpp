// The reader of commands takes any bytes; what it accepts comes back the same, and applying it to a topology
// leaves one that can be restored.
#include "base/assert.hpp"
#include "metadata/topology/format.hpp"
#include "metadata/topology/requests.hpp"

namespace weir::topology {
namespace {

Topology small_topology() {
    Topology out;
    ASSERT(out.apply(VirtualHostChanged{{.name = "/"}}));
    ASSERT(out.apply(ExchangeDeclared{{.host = "/", .name = "x", .is_auto_delete = true}}));
    ASSERT(out.apply(QueueDeclared{{.host = "/", .name = "q", .id = out.next_queue_id()}}));
    ASSERT(out.apply(UserChanged{{.name = "u"}}));
    return out;
}

Bytes bytes_of(const Topology& topology) {
    Bytes out;
    FieldWriter writer{out};
    topology.write(writer);
    return out;
}

void check_restorable(const Topology& topology) {
    const auto bytes = bytes_of(topology);
    FieldReader in{bytes};
    Topology restored;
    restored.read(in);
    ASSERT(in.ok() && in.at_end() && bytes_of(restored) == bytes);
}

}  // namespace
}  // namespace weir::topology

// The input: commands, each as a kind and its fields.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::topology;
    auto topology = small_topology();
    FieldReader in{{data, size}};
    while (in.ok() && !in.at_end()) {
        const auto command = read_command(in.number(), in);
        if (!command || !in.ok()) break;
        Bytes bytes;
        FieldWriter out{bytes};
        const auto kind = write(out, *command);
        FieldReader again{bytes};
        ASSERT(read_command(kind, again) == command && again.ok() && again.at_end());
        const auto before = bytes_of(topology);
        if (!topology.apply(*command)) ASSERT(bytes_of(topology) == before);
    }
    check_restorable(topology);
    return 0;
}
