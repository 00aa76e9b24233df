// The flags of every command that sends records.
#pragma once

#include "app/client_options.hpp"
#include "client/producer.hpp"

namespace weir::app {

inline void add_producer_options(CLI::App& command, client::ProducerSettings& settings) {
    command
        .add_option("--acks", settings.acks, "Who must have a record: all in-sync replicas, 1 or 0. [all]")
        ->check(CLI::IsMember({"all", "-1", "1", "0"}))
        ->type_name("all|1|0");
    command.add_option("--compression,-z", settings.compression, "none, gzip, snappy, lz4 or zstd. [none]")
        ->check(CLI::IsMember({"none", "gzip", "snappy", "lz4", "zstd"}))
        ->type_name("CODEC");
    command.add_flag("--idempotent", settings.idempotent,
                     "Each record once and in order, whatever is retried.");
    command.add_option("--linger-ms", settings.linger_ms, "How long a batch waits for more records. [5]")
        ->check(CLI::Range(0.0, 900'000.0))
        ->type_name("MS");
    command
        .add_option("--batch-bytes", settings.batch_bytes,
                    "The size of a batch that waits no longer. [1000000]")
        ->check(CLI::Range(1, 100'000'000))
        ->type_name("N");
}

}  // namespace weir::app
