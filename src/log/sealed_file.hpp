// What weir's small files have in common: which kind and version they are, their fields, and a checksum over
// all.
#pragma once

#include "base/result.hpp"
#include "log/disk_bytes.hpp"

namespace weir::log {

struct FileKind {
    std::uint32_t magic = 0;
    std::uint32_t version = 0;  // the one that this weir writes
};

// Put the fields behind it, then seal it.
Bytes begin_sealed(FileKind kind);
void seal(Bytes& content);

// A reader of the fields; it lives as long as `content`. Errors: corrupt, unsupported (another version).
Result<ByteReader> unseal(ByteView content, FileKind kind);
Error broken_seal();  // of fields that make no sense, too

}  // namespace weir::log
