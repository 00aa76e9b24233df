// Records are counted here and there.
#include "broker/topic_size.hpp"

#include <gtest/gtest.h>

namespace weir::broker {
namespace {

// A node that has none of the logs, and whose peers lead some of them.
class FarAccess final : public TopicAccess {
  public:
    void read(const TopicRead& request, Read done) override {
        EXPECT_EQ(request.most_bytes, 0u) << "nothing is read";
        request.partition == PartitionId{1} ? done(Error{Errc::not_leader})
                                            : done(TopicPiece{Offset{2}, Offset{12}, Offset{12}});
    }
    void append(const Uuid&, PartitionId, log::SharedSpan, Appended) override { FAIL(); }
};

TEST(TopicSize, IsWhatTheLeadersSay) {
    Topic topic;
    topic.info = std::make_shared<metadata::Topic>();
    std::int64_t count = -1;
    FarAccess access;
    count_records(topic, access, [&](std::int64_t found) { count = found; });
    EXPECT_EQ(count, 0);
    for (int i = 0; i < 3; ++i)
        topic.partitions.push_back(std::make_shared<Partition>(PartitionId{i}, Partition::State{}));
    count_records(topic, access, [&](std::int64_t found) { count = found; });
    EXPECT_EQ(count, 20) << "what nobody answers for is not waited for";
}

}  // namespace
}  // namespace weir::broker
