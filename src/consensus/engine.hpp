// The consensus engine's own header, made fit for C++, and its memory as objects.
#pragma once

#include <cstdlib>

// An installed libraft's header has assertions about its layout in a form that C++ does not take.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wbuiltin-macro-redefined"
#undef __cpp_static_assert
#define _Static_assert(...) static_assert(true)
extern "C" {
#include <raft.h>
}
#undef _Static_assert
#pragma clang diagnostic pop

#include "consensus/members.hpp"
#include "consensus/record_format.hpp"

namespace weir::consensus {

// The engine frees the memory that entries and snapshots come in, but only looks into that of configurations.
// It is given this in its place, and the contents stay ours.
inline void* engine_token() {
    return raft_malloc(1);
}

inline raft_entry_type engine_type(RecordKind kind) {
    switch (kind) {
        case RecordKind::command: return RAFT_COMMAND;
        case RecordKind::barrier: return RAFT_BARRIER;
        case RecordKind::members: return RAFT_CHANGE;
    }
    std::abort();
}
inline RecordKind kind_of(raft_entry_type type) {
    switch (type) {
        case RAFT_COMMAND: return RecordKind::command;
        case RAFT_BARRIER: return RecordKind::barrier;
        case RAFT_CHANGE: return RecordKind::members;
    }
    std::abort();
}

// The caller owns what comes out, and mostly hands it on to the engine.
raft_configuration to_configuration(const std::vector<Member>& members);
std::vector<Member> to_members(const raft_configuration& configuration);

}  // namespace weir::consensus
