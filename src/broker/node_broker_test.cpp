// A broker that can't begin: what it has begun by then ends in order.
#include <gtest/gtest.h>

#include <climits>

#include "broker/broker.hpp"
#include "support/faulty_file_system.hpp"

namespace weir::broker {
namespace {

Result<std::unique_ptr<Broker>> open_broker(runtime::FileSystem& files, runtime::ReactorPool& pool) {
    BrokerOptions options;
    options.store.directory = "data";
    options.store.journal_file_bytes = 1 << 20;
    options.store.reserve_bytes = 4096;
    return Broker::open(std::move(options), pool, files, system_clock(), system_random());
}

// The first few writes are its formatting; then its thread is at work, and goes on a little after the answer.
TEST(NodeBroker, OneThatFindsNoRoomForItsMetadataEndsWhatItHasBegun) {
    bool has_begun = false;
    for (int written = 0; !has_begun; ++written) {
        test::FaultyFileSystem files;
        runtime::ReactorPool pool{1};
        files.inject({.operation = test::Operation::write,
                      .path = "metadata/log-",
                      .skip = written,
                      .times = INT_MAX,
                      .code = Errc::no_space});
        has_begun = open_broker(files, pool).has_value();
    }
}

}  // namespace
}  // namespace weir::broker
