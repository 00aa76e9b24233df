// rabbitmqctl's command line as scripts write it, and Erlang's terms in what it prints.
#include "app/rabbitmqctl.hpp"

#include <gtest/gtest.h>

namespace weir::app {
namespace {

using Words = std::vector<std::string>;

std::optional<Words> words_of(std::vector<std::string> arguments) {
    std::vector<char*> pointers;
    for (auto& one : arguments) pointers.push_back(one.data());
    return rabbitmqctl_words(pointers);
}

TEST(Rabbitmqctl, IsCalledByItsNameOrAsACommand) {
    EXPECT_EQ(words_of({"/usr/sbin/rabbitmqctl", "-q", "status"}), (Words{"-q", "status"}));
    EXPECT_EQ(words_of({"weir", "rabbitmqctl", "status"}), Words{"status"});
    EXPECT_EQ(words_of({"weir", "serve"}), std::nullopt);
    EXPECT_EQ(words_of({"weir"}), std::nullopt);
}

TEST(Rabbitmqctl, TakesFlagsBeforeAndBehindItsVerb) {
    const auto call = parse_ctl({"-n", "rabbit@host", "-q", "set_policy", "-p", "shop", "--priority", "3",
                                 "--apply-to=queues", "p", "^q", R"({"max-length": 1})"});
    ASSERT_TRUE(call);
    EXPECT_EQ(call->verb, "set_policy");
    EXPECT_EQ(call->words, (Words{"p", "^q", R"({"max-length": 1})"}));
    EXPECT_EQ(call->host, "shop");
    EXPECT_EQ(call->flag("--priority", "0"), "3");
    EXPECT_EQ(call->flag("--apply-to", "all"), "queues");
    EXPECT_TRUE(call->is_quiet);
    EXPECT_TRUE(call->has_header);
    EXPECT_FALSE(parse_ctl({"list_queues", "-p"}));
    EXPECT_FALSE(parse_ctl({"-t", "soon", "status"}));
    EXPECT_EQ(parse_ctl({"add_user", "u", "-secret-"})->words, (Words{"u", "-secret-"}));
}

TEST(Rabbitmqctl, PrintsErlangsTerms) {
    EXPECT_EQ(erlang_text(nullptr), "");
    EXPECT_EQ(erlang_text("a b"), "a b");
    EXPECT_EQ(erlang_text(7), "7");
    EXPECT_EQ(erlang_text(true), "true");
    EXPECT_EQ(erlang_text({{"connection_name", "x"}, {"n", {1, nullptr}}}),
              R"([{"connection_name","x"},{"n",[1,undefined]}])");
}

TEST(Rabbitmqctl, KnowsTheExpressionsThatTestsUse) {
    EXPECT_EQ(known_eval("rabbit_alarm:set_alarm({{resource_limit, memory, node()}, []})."),
              (KnownEval{"PUT", "alarms/memory", std::nullopt}));
    EXPECT_EQ(known_eval("rabbit_alarm:clear_alarm({resource_limit, disk, node()})."),
              (KnownEval{"DELETE", "alarms/disk", std::nullopt}));
    EXPECT_EQ(known_eval("application:set_env(rabbit, channel_max, 2048)."),
              (KnownEval{"PUT", "limits/channel-max", 2048}));
    EXPECT_EQ(known_eval("rabbit_alarm:set_alarm({{resource_limit, cpu, node()}, []})."), std::nullopt);
    EXPECT_EQ(known_eval("application:set_env(rabbit, channel_max, x)."), std::nullopt);
    EXPECT_EQ(known_eval("init:stop()."), std::nullopt);
    EXPECT_EQ(known_eval(""), std::nullopt);
}

}  // namespace
}  // namespace weir::app
