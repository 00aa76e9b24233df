// The files of `weir cluster certificate`: what is in them, who may read them, and what is not overwritten.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include "app/cluster_certificates.hpp"
#include "base/time.hpp"
#include "rpc/local_node.hpp"
#include "support/temporary_directory.hpp"

namespace weir::app {
namespace {

using testing::HasSubstr;

class ClusterCertificates : public testing::Test {
  protected:
    Result<void> authority(std::int64_t days = 10) {
        return make_cluster_authority(directory_, cluster_, days, now_s_);
    }
    Result<Uuid> node(int id, std::int64_t days = 5) {
        return make_node_certificate(
            directory_, {.node = NodeId{id}, .hosts = {"a.example", "::1"}, .days = days}, now_s_);
    }
    std::shared_ptr<runtime::TlsContext> load(int id) {
        const auto paths = node_paths(directory_, NodeId{id});
        auto loaded = runtime::TlsContext::load(
            runtime::posix_file_system(),
            {paths.certificate, paths.key, authority_paths(directory_).certificate});
        EXPECT_TRUE(loaded) << loaded.error().message;
        return loaded ? *loaded : nullptr;
    }

    test::TemporaryDirectory temporary_;
    std::string directory_ = temporary_.path("pki");
    Uuid cluster_ = Uuid::from_random(7, 8);
    std::int64_t now_s_ = system_clock().wall_ms() / 1000;
};

TEST_F(ClusterCertificates, MakeANodeThatMayTalk) {
    ASSERT_TRUE(authority());
    EXPECT_EQ(node(3).value(), cluster_);
    rpc::LocalNode local{.cluster_id = cluster_, .id = NodeId{3}, .tls = load(3)};
    EXPECT_TRUE(rpc::check_local_node(local, {"broker.example", 1}));
    local.id = NodeId{4};
    EXPECT_FALSE(rpc::check_local_node(local, {"broker.example", 1}));
}

TEST_F(ClusterCertificates, AreForTheirOwnerAlone) {
    ASSERT_TRUE(authority());
    ASSERT_TRUE(node(1));
    const auto ca = authority_paths(directory_), own = node_paths(directory_, NodeId{1});
    for (const auto& path : {ca.certificate, ca.key, own.certificate, own.key}) {
        struct stat about{};
        ASSERT_EQ(::stat(path.c_str(), &about), 0);
        EXPECT_EQ(about.st_mode & 0777, 0600u) << path;
    }
}

TEST_F(ClusterCertificates, AreNotOverwritten) {
    ASSERT_TRUE(authority());
    ASSERT_TRUE(node(1));
    const auto again = authority();
    EXPECT_EQ(again.error().code, Errc::already_exists);
    EXPECT_THAT(again.error().message, HasSubstr("ca.crt is there already"));
    EXPECT_EQ(node(1).error().code, Errc::already_exists);
    EXPECT_TRUE(node(2));
}

TEST_F(ClusterCertificates, NeedAnAuthority) {
    const auto refused = node(1);
    EXPECT_EQ(refused.error().code, Errc::not_found);
    EXPECT_THAT(refused.error().message, HasSubstr("`weir cluster certificate ca"));
}

TEST_F(ClusterCertificates, LiveNoLongerThanTheirAuthority) {
    ASSERT_TRUE(authority(10));
    ASSERT_TRUE(node(1, 100));
    EXPECT_EQ(load(1)->own_certificate()->not_after_s, now_s_ + 10 * 24 * 3600);
    ASSERT_TRUE(node(2, 5));
    EXPECT_EQ(load(2)->own_certificate()->not_after_s, now_s_ + 5 * 24 * 3600);
}

}  // namespace
}  // namespace weir::app
