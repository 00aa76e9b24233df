// A state machine for tests: it keeps all commands as one text.
#pragma once

#include <string>

#include "consensus/metadata_log.hpp"

namespace weir::consensus {

struct TestMachine : StateMachine {
    std::string text;  // "1=first;2=second;"
    LogPosition restored_at;
    Leadership leadership;
    std::string unknown = "\xff";  // a command that this machine does not know

    Result<void> apply(LogPosition at, ByteView command) override {
        if (as_text(command) == unknown) return Error{Errc::unsupported, "unknown command"};
        text += fmt::format("{}={};", at.index, as_text(command));
        return {};
    }
    Bytes snapshot() override { return {text.begin(), text.end()}; }
    Result<void> restore(LogPosition at, ByteView snapshot) override {
        text = std::string{as_text(snapshot)};
        restored_at = at;
        return {};
    }
    void on_leadership(const Leadership& now) override { leadership = now; }
};

}  // namespace weir::consensus
