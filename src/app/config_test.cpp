// Configuration: the table's names, the order of the sources, and what each mistake is answered with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "app/config_sources.hpp"
#include "metadata/setting.hpp"
#include "support/temporary_directory.hpp"

namespace weir::app {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ConfigTest : public testing::Test {
  protected:
    void write_file(const std::string& text) {
        std::ofstream{directory_.path("weir.toml")} << text;
        input_.file = directory_.path("weir.toml");
    }
    EffectiveConfig load() {
        const auto effective = load_config(input_, runtime::posix_file_system());
        EXPECT_TRUE(effective) << effective.error().message;
        return effective ? *effective : EffectiveConfig{};
    }
    std::string refusal() {
        const auto effective = load_config(input_, runtime::posix_file_system());
        EXPECT_FALSE(effective);
        if (effective) return {};
        EXPECT_EQ(effective.error().code, Errc::invalid_config);
        return effective.error().message;
    }
    std::string file_refusal(const std::string& text) {
        write_file(text);
        auto message = refusal();
        EXPECT_THAT(message, StartsWith(*input_.file + ":"));
        return message.substr(std::min(message.size(), input_.file->size() + 1));
    }
    static std::string origin(const EffectiveConfig& effective, std::string_view name) {
        return effective.origins[static_cast<std::size_t>(find_config_key(name) - config_keys().data())];
    }

    test::TemporaryDirectory directory_;
    ConfigInput input_;
};

TEST_F(ConfigTest, EachKeyHasADistinctFlagAndVariable) {
    std::set<std::string> flags, variables, kafka_names;
    for (const auto& key : config_keys()) {
        EXPECT_TRUE(flags.insert(key.flag()).second) << key.name;
        EXPECT_TRUE(variables.insert(key.environment()).second) << key.name;
        EXPECT_FALSE(key.environment().starts_with("WEIR_BROKER_")) << key.name;
        if (!key.kafka_name.empty()) {
            EXPECT_TRUE(kafka_names.insert(std::string{key.kafka_name}).second) << key.name;
        }
        EXPECT_TRUE(key.doc.ends_with('.')) << key.name;
    }
    EXPECT_EQ(find_config_key("kafka.listen")->flag(), "--kafka-listen");
    EXPECT_EQ(find_config_key("kafka.listen")->environment(), "WEIR_KAFKA_LISTEN");
    EXPECT_EQ(find_config_key("journal.commit-spacing-us")->environment(), "WEIR_JOURNAL_COMMIT_SPACING_US");
}

TEST_F(ConfigTest, EachDefaultIsAValueThatItsKeyAccepts) {
    for (const auto& key : config_keys()) {
        Config config;
        const auto text = value_text(config, key);
        const auto set = set_value(config, key, text);
        EXPECT_TRUE(set) << key.name << ": " << (set ? "" : set.error().message);
        EXPECT_EQ(value_text(config, key), text) << key.name;
    }
}

TEST_F(ConfigTest, KafkasNamesAreBrokerSettingsWithTheSameDefault) {
    for (const auto& key : config_keys()) {
        if (key.kafka_name.empty()) continue;
        const auto* setting = metadata::find_setting(metadata::SettingScope::broker, key.kafka_name);
        ASSERT_TRUE(setting) << key.kafka_name;
        if (setting->fallback)
            EXPECT_EQ(*setting->fallback, kafka_value_text(Config{}, key)) << key.kafka_name;
    }
}

TEST_F(ConfigTest, ADefaultStandsUntilSomethingIsSaid) {
    input_.file = directory_.path("weir.toml");
    write_file("");
    const auto effective = load();
    EXPECT_EQ(effective.config.kafka_listen.text(), "127.0.0.1:9092");
    for (const auto& from : effective.origins) EXPECT_EQ(from, "default");
}

TEST_F(ConfigTest, AFlagBeatsTheEnvironmentBeatsTheFile) {
    write_file("data = \"file\"\nreactors = 1\n\n[kafka]\nlisten = \"127.0.0.1:1\"\n");
    input_.environment = {{"WEIR_REACTORS", "2"}, {"WEIR_KAFKA_LISTEN", "127.0.0.1:2"}};
    input_.flags = {{"kafka.listen", "127.0.0.1:3"}};
    const auto effective = load();
    EXPECT_EQ(effective.config.data, "file");
    EXPECT_EQ(effective.config.reactors, 2);
    EXPECT_EQ(effective.config.kafka_listen.text(), "127.0.0.1:3");
    EXPECT_EQ(origin(effective, "data"), *input_.file + ":1");
    EXPECT_EQ(origin(effective, "reactors"), "WEIR_REACTORS");
    EXPECT_EQ(origin(effective, "kafka.listen"), "--kafka-listen");
    EXPECT_EQ(origin(effective, "log.level"), "default");
    EXPECT_EQ(effective.file, *input_.file);
}

TEST_F(ConfigTest, SizesMayBearAUnit) {
    write_file("max-request-bytes = \"64MiB\"\n[journal]\nfile-bytes = 1048576\n");
    input_.flags = {{"memory-budget-bytes", "1GiB"}};
    const auto config = load().config;
    EXPECT_EQ(config.max_request_bytes, 64 << 20);
    EXPECT_EQ(config.journal_file_bytes, 1 << 20);
    EXPECT_EQ(config.memory_budget_bytes, 1 << 30);
    EXPECT_EQ(value_text(config, *find_config_key("max-request-bytes")), "64MiB");
    EXPECT_EQ(kafka_value_text(config, *find_config_key("max-request-bytes")), "67108864");
}

TEST_F(ConfigTest, KafkasNamesSetWeirsKeysOrAreHandedOn) {
    write_file(
        "[broker]\nnum.partitions = 3\n\"auto.create.topics.enable\" = false\n\"log.cleaner.threads\" = 2\n");
    input_.environment = {{"WEIR_BROKER_LOG_RETENTION_MS", "5000"}};
    input_.broker_flags = {"queued.max.requests=500"};
    const auto effective = load();
    EXPECT_EQ(effective.config.default_partitions, 3);
    EXPECT_FALSE(effective.config.auto_create_topics);
    EXPECT_EQ(effective.config.topic_retention_ms, 5000);
    EXPECT_EQ(origin(effective, "topic.retention-ms"), "WEIR_BROKER_LOG_RETENTION_MS");
    ASSERT_EQ(effective.config.broker.size(), 2u);
    EXPECT_EQ(effective.config.broker.at("log.cleaner.threads").value, "2");
    EXPECT_EQ(effective.config.broker.at("log.cleaner.threads").origin, *input_.file + ":4");
    EXPECT_EQ(effective.config.broker.at("queued.max.requests").origin, "--broker");
}

TEST_F(ConfigTest, UnknownKeysAreRefusedWithTheLineAndTheNearestName) {
    EXPECT_EQ(file_refusal("data = \"x\"\n[kafka]\nlistn = \"127.0.0.1:1\"\n"),
              "3: kafka.listn is no key of weir's; did you mean kafka.listen?");
    EXPECT_THAT(file_refusal("listen = \"127.0.0.1:1\"\n"), HasSubstr("did you mean kafka.listen?"));
    EXPECT_THAT(file_refusal("num.partitions = 3\n"), HasSubstr("go into the table [broker]"));
    EXPECT_THAT(file_refusal("[broker]\n\"log.dirs\" = \"/x\"\n"), HasSubstr("log.dirs is data here"));
    EXPECT_THAT(file_refusal("quite-another = 3\n"), HasSubstr("`weir config` lists them"));
}

TEST_F(ConfigTest, WrongValuesAreRefusedWithTheLineAndTheReason) {
    EXPECT_THAT(file_refusal("\nreactors = 5000\n"),
                HasSubstr("2: reactors: '5000' is not a number from 0 to 1024"));
    EXPECT_THAT(file_refusal("reactors = 1.5\n"), StartsWith("1: reactors: '1.5' is not a number"));
    EXPECT_THAT(file_refusal("[log]\nlevel = \"loud\"\n"), HasSubstr("not one of debug, info"));
    EXPECT_THAT(file_refusal("[log]\nlevel = 3\n"), HasSubstr("must be in quotes: \"3\""));
    EXPECT_THAT(file_refusal("auto-create-topics = \"yes\"\n"), HasSubstr("neither true nor false"));
    EXPECT_THAT(file_refusal("[journal]\nfile-bytes = \"1TB\"\n"),
                HasSubstr("64KiB, 100MiB and 1GiB work too"));
    EXPECT_THAT(file_refusal("[journal]\nfile-bytes = \"99999999999GiB\"\n"),
                HasSubstr("is not a number of bytes"));
    EXPECT_THAT(file_refusal("reactors = [1]\n"), HasSubstr("must be a string, a number, true or false"));
    EXPECT_THAT(file_refusal("data = \n"), StartsWith("1: "));
    EXPECT_THAT(file_refusal("[broker]\nnum.partitions = 0\n"),
                StartsWith("2: default-partitions: '0' is not"));
}

TEST_F(ConfigTest, OneThingIsSetOnceInEachSource) {
    EXPECT_THAT(file_refusal("default-partitions = 2\n[broker]\n\"num.partitions\" = 3\n"),
                StartsWith("3: default-partitions is already set by"));
}

TEST_F(ConfigTest, WrongValuesOfFlagsAndVariablesNameThem) {
    write_file("");
    input_.environment = {{"WEIR_REACTORS", "many"}};
    EXPECT_THAT(refusal(), StartsWith("WEIR_REACTORS: reactors: 'many'"));
    input_.environment.clear();
    input_.flags = {{"kafka.listen", "9092"}};
    EXPECT_THAT(refusal(), StartsWith("--kafka-listen: kafka.listen: "));
    input_.flags.clear();
    input_.broker_flags = {"num.partitions"};
    EXPECT_THAT(refusal(), HasSubstr("is not NAME=VALUE"));
}

TEST_F(ConfigTest, AddressesThatOthersReachNeedTheOperatorsWord) {
    write_file("");
    input_.flags = {{"kafka.listen", "0.0.0.0:9092"}};
    EXPECT_THAT(refusal(), HasSubstr("set allow-insecure"));
    input_.flags.emplace_back("allow-insecure", "true");
    EXPECT_EQ(load().config.kafka_listen.text(), "0.0.0.0:9092");
}

TEST_F(ConfigTest, SettingsThatContradictEachOtherAreRefused) {
    write_file("[journal]\nfile-bytes = \"64MiB\"\ncheckpoint-bytes = \"1MiB\"\n");
    EXPECT_THAT(refusal(), HasSubstr("journal.checkpoint-bytes may not be less than journal.file-bytes"));
    write_file("[kafka]\nadvertised = \"example.org:0\"\n");
    EXPECT_THAT(refusal(), HasSubstr("kafka.advertised"));
}

TEST_F(ConfigTest, MisspeltVariablesAreWarnedOfAndOthersLeftAlone) {
    write_file("");
    input_.environment = {{"WEIR_REACTOR", "2"},
                          {"WEIR_SERVICE_HOST", "10.0.0.1"},
                          {"WEIR_BOOTSTRAP", "a:1"},
                          {"WEIR_HTTP", "b:1"}};
    const auto effective = load();
    ASSERT_EQ(effective.warnings.size(), 1u);
    EXPECT_THAT(effective.warnings[0], HasSubstr("did you mean WEIR_REACTORS?"));
}

TEST_F(ConfigTest, AFileThatWasNamedMustBeThere) {
    input_.file = directory_.path("absent.toml");
    EXPECT_THAT(refusal(), HasSubstr("absent.toml"));
    input_.file.reset();
    input_.environment = {{"WEIR_CONFIG", directory_.path("absent.toml")}};
    EXPECT_THAT(refusal(), HasSubstr("absent.toml"));
}

}  // namespace
}  // namespace weir::app
