// The class tx (AMQP 0-9-1): transactions of publishes and acknowledgements.
#pragma once

#include "protocols/amqp/wire/schema.hpp"

namespace weir::amqp {

struct TxSelect {
    static constexpr MethodInfo info{.id = {90, 10}, .name = "tx.select", .sender = Sender::client};

    static void fields(auto&, auto&&) {}
};

struct TxSelectOk {
    static constexpr MethodInfo info{.id = {90, 11}, .name = "tx.select-ok", .sender = Sender::server};

    static void fields(auto&, auto&&) {}
};

struct TxCommit {
    static constexpr MethodInfo info{.id = {90, 20}, .name = "tx.commit", .sender = Sender::client};

    static void fields(auto&, auto&&) {}
};

struct TxCommitOk {
    static constexpr MethodInfo info{.id = {90, 21}, .name = "tx.commit-ok", .sender = Sender::server};

    static void fields(auto&, auto&&) {}
};

struct TxRollback {
    static constexpr MethodInfo info{.id = {90, 30}, .name = "tx.rollback", .sender = Sender::client};

    static void fields(auto&, auto&&) {}
};

struct TxRollbackOk {
    static constexpr MethodInfo info{.id = {90, 31}, .name = "tx.rollback-ok", .sender = Sender::server};

    static void fields(auto&, auto&&) {}
};

}  // namespace weir::amqp
