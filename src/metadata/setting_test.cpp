// The table of settings is in order, and values go through its checks and layers.
#include "metadata/setting.hpp"

#include <gtest/gtest.h>

#include <set>

#include "metadata/effective_setting.hpp"
#include "metadata/typed_settings.hpp"

namespace weir::metadata {
namespace {

using enum SettingScope;

TEST(SettingTable, HoldsEachNameOnceWithAGoodDefaultAndASentence) {
    for (const auto scope : {topic, broker}) {
        std::set<std::string_view> names;
        for (const auto& setting : all_settings(scope)) {
            EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
            EXPECT_EQ(setting.scope, scope) << setting.name;
            EXPECT_EQ(find_setting(scope, setting.name), &setting);
            EXPECT_TRUE(setting.doc.ends_with('.')) << setting.name;
            if (!setting.fallback) continue;
            const auto checked = check_setting_value(setting, *setting.fallback);
            EXPECT_TRUE(checked) << checked.error().message;
        }
        EXPECT_GT(names.size(), 30u);
    }
    EXPECT_EQ(find_setting(topic, "retention"), nullptr);
}

TEST(SettingTable, HasABrokersDefaultForEachTopicSettingThatSaysSo) {
    for (const auto& setting : all_settings(topic)) {
        const auto before = effective_setting(setting, {});
        EXPECT_EQ(before.value, setting.fallback) << setting.name;
        for (const auto& synonym : setting.synonyms) {
            const auto* other = find_setting(broker, synonym.name);
            ASSERT_NE(other, nullptr) << synonym.name;
            if (synonym.factor == 1) {
                EXPECT_EQ(other->choices, setting.choices) << setting.name;
                EXPECT_EQ(other->least, setting.least) << setting.name;
                EXPECT_EQ(other->type, setting.type) << setting.name;
            }
        }
    }
}

TEST(Setting, ChecksValuesAndSaysWhatIsAllowed) {
    const auto check = [](std::string_view name, std::string_view value) {
        const auto checked = check_setting_value(*find_setting(topic, name), value);
        return checked ? std::string{"good"} : checked.error().message;
    };
    EXPECT_EQ(check("retention.ms", "-1"), "good");
    EXPECT_EQ(check("retention.ms", "9223372036854775807"), "good");
    EXPECT_EQ(check("retention.ms", "9223372036854775808"),
              "retention.ms can't be '9223372036854775808': it takes a whole number from -1 to "
              "9223372036854775807");
    EXPECT_NE(check("retention.ms", "-2"), "good");
    EXPECT_NE(check("retention.ms", ""), "good");
    EXPECT_NE(check("retention.ms", "7d"), "good");
    EXPECT_NE(check("retention.ms", " 7"), "good");
    EXPECT_NE(check("segment.bytes", "2147483648"), "good");
    EXPECT_EQ(check("preallocate", "true"), "good");
    EXPECT_EQ(check("preallocate", "yes"), "preallocate can't be 'yes': it takes true, false");
    EXPECT_NE(check("remote.storage.enable", "true"), "good");
    EXPECT_EQ(check("cleanup.policy", "compact, delete"), "good");
    EXPECT_EQ(check("cleanup.policy", "compact,drop"),
              "cleanup.policy can't be 'compact,drop': it takes a list of: compact, delete");
    EXPECT_EQ(check("cleanup.policy", ""), "good");
    EXPECT_EQ(check("message.timestamp.type", "createtime"),
              "message.timestamp.type can't be 'createtime': it takes one of: CreateTime, LogAppendTime");
    EXPECT_EQ(check("min.cleanable.dirty.ratio", "0.25"), "good");
    EXPECT_NE(check("min.cleanable.dirty.ratio", "1.1"), "good");
    EXPECT_NE(check("min.cleanable.dirty.ratio", "nan"), "good");
    EXPECT_NE(check("leader.replication.throttled.replicas", std::string(max_setting_value_bytes + 1, 'x')),
              "good");
}

TEST(Setting, ProposesTheNearestName) {
    EXPECT_EQ(nearest_setting(topic, "retention.m"), "retention.ms");
    EXPECT_EQ(nearest_setting(topic, "retension.bytes"), "retention.bytes");
    EXPECT_EQ(nearest_setting(topic, "something.else.altogether"), "");
    EXPECT_EQ(nearest_setting(topic, std::string(10'000, 'x')), "");
    EXPECT_EQ(check_overrides(topic, {{"retention.mss", "1"}}).error().message,
              "there is no topic setting 'retention.mss'; did you mean 'retention.ms'?");
}

TEST(EffectiveSetting, TakesTheStrongestLayerAndListsTheOthers) {
    const Overrides own{{"retention.ms", "1"}}, node{{"log.retention.ms", "2"}},
        all{{"log.retention.minutes", "3"}}, file{{"log.retention.hours", "4"}};
    const auto& setting = *find_setting(topic, "retention.ms");
    SettingLayers layers{.topic = &own, .broker = &node, .broker_default = &all, .file = &file};
    const auto shown = [&] {
        const auto out = effective_setting(setting, layers);
        auto text = fmt::format("{}:{}", static_cast<int>(out.source), *out.value);
        for (const auto& s : out.synonyms)
            text += fmt::format(" {}:{}={}", static_cast<int>(s.source), s.name, *s.value);
        return text;
    };
    EXPECT_EQ(shown(),
              "0:1 0:retention.ms=1 1:log.retention.ms=2 2:log.retention.minutes=3 3:log.retention.hours=4 "
              "4:log.retention.hours=168");
    layers.topic = nullptr;
    EXPECT_EQ(shown().substr(0, 22), "1:2 1:log.retention.ms");
    layers.broker = nullptr;
    EXPECT_EQ(shown().substr(0, 8), "2:180000");
    layers.broker_default = nullptr;
    EXPECT_EQ(shown(), "3:14400000 3:log.retention.hours=4 4:log.retention.hours=168");
    layers.file = nullptr;
    EXPECT_EQ(shown(), "4:604800000 4:log.retention.hours=168");
}

TEST(EffectiveSetting, KeepsForEverAndStopsAtTheLargestNumber) {
    Overrides file{{"log.retention.hours", "-1"}, {"log.roll.hours", "2147483647"}};
    const SettingLayers layers{.file = &file};
    EXPECT_EQ(effective_setting(*find_setting(topic, "retention.ms"), layers).value, "-1");
    EXPECT_EQ(effective_setting(*find_setting(topic, "segment.ms"), layers).value, "7730941129200000");
}

TEST(EffectiveSetting, NeverShowsSecrets) {
    const Setting secret{.name = "a.password",
                         .scope = broker,
                         .type = SettingType::secret,
                         .fallback = std::nullopt,
                         .doc = "A."};
    const Overrides file{{"a.password", "hidden"}};
    const auto out = effective_setting(secret, {.file = &file});
    EXPECT_EQ(out.value, std::nullopt);
    EXPECT_EQ(out.source, SettingSource::file);
    ASSERT_EQ(out.synonyms.size(), 1u);
    EXPECT_EQ(out.synonyms[0].value, std::nullopt);
}

TEST(TypedSettings, HaveTheDefaultsThatKafkasUsersKnow) {
    const auto of_topic = topic_settings({});
    EXPECT_EQ(of_topic.retention_ms, 7ll * 24 * 3600 * 1000);
    EXPECT_EQ(of_topic.retention_bytes, -1);
    EXPECT_EQ(of_topic.segment_bytes, 1 << 30);
    EXPECT_EQ(of_topic.segment_ms, 7ll * 24 * 3600 * 1000);
    EXPECT_EQ(of_topic.max_message_bytes, 1048588);
    EXPECT_EQ(of_topic.timestamp_before_max_ms, INT64_MAX);
    EXPECT_EQ(of_topic.timestamp_after_max_ms, 3'600'000);  // KIP-1030
    EXPECT_FALSE(of_topic.is_append_time || of_topic.is_compacted || of_topic.is_page_cache);
    EXPECT_TRUE(of_topic.drops_old);
    const auto of_broker = broker_settings({});
    EXPECT_TRUE(of_broker.auto_create_topics && of_broker.delete_topic_enabled);
    EXPECT_EQ(of_broker.num_partitions, 1);
    EXPECT_EQ(of_broker.offsets_retention_ms, 7ll * 24 * 3600 * 1000);
    EXPECT_EQ(of_broker.group_initial_rebalance_delay_ms, 3000);
    EXPECT_EQ(of_broker.request_max_bytes, 40 << 20);  // Kafka takes 100 MiB
}

TEST(TypedSettings, FollowOverrides) {
    const Overrides own{{"cleanup.policy", "compact"},
                        {"message.timestamp.type", "LogAppendTime"},
                        {"message.timestamp.difference.max.ms", "5"},
                        {"message.timestamp.after.max.ms", "3"},
                        {"weir.durability", "page-cache"},
                        {"unclean.leader.election.enable", "true"}};
    const auto out = topic_settings({.topic = &own});
    EXPECT_TRUE(out.is_compacted && out.is_append_time && out.is_page_cache && out.allows_unclean_leader);
    EXPECT_FALSE(out.drops_old);
    EXPECT_EQ(out.timestamp_before_max_ms, 5);
    EXPECT_EQ(out.timestamp_after_max_ms, 3);
}

TEST(TypedSettings, AnEmptyCleanupPolicyKeepsEverything) {  // KIP-1161
    const Overrides own{{"cleanup.policy", ""}};
    const auto out = topic_settings({.topic = &own});
    EXPECT_FALSE(out.drops_old || out.is_compacted);
}

TEST(TypedSettings, TakeTheDefaultForWhatDoesNotParse) {
    const Overrides own{{"retention.ms", "soon"}};
    EXPECT_EQ(topic_settings({.topic = &own}).retention_ms, 7ll * 24 * 3600 * 1000);
}

}  // namespace
}  // namespace weir::metadata
