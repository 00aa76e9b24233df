// A small checked structure that is overwritten again and again: two slots, written in turn, so that a torn
// write of one leaves the other (docs/formats/metadata.md).
#pragma once

#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "runtime/file.hpp"

namespace weir::consensus {

// What the slots of one kind of file have in common.
struct SlotForm {
    std::string_view magic;  // 8 characters
    std::uint32_t version = 1;
    std::size_t fields_size = 0;  // without the sequence number that each slot begins with
};

class TwoSlotFile {
  public:
    // Makes the file with both slots filled, so that no later write needs space.
    static Result<std::unique_ptr<TwoSlotFile>> create(runtime::FileSystem& files, std::string path,
                                                       SlotForm form, ByteView fields);
    // Errors: not_found, corrupt (neither slot holds), unsupported, io_error.
    static Result<std::unique_ptr<TwoSlotFile>> open(runtime::FileSystem& files, std::string path,
                                                     SlotForm form);

    ByteView fields() const { return fields_; }  // of the newer slot
    // Survives the process, but not the machine before sync().
    Result<void> write(ByteView fields);
    Result<void> sync() { return file_->sync_data(); }

  private:
    TwoSlotFile(std::unique_ptr<runtime::File> file, SlotForm form) : file_(std::move(file)), form_(form) {}

    std::unique_ptr<runtime::File> file_;
    SlotForm form_;
    std::uint64_t sequence_ = 0;  // of the newer slot
    Bytes fields_;
};

}  // namespace weir::consensus
