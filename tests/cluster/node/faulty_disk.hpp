// The machine's file system as a torture node sees it: slow, failing, full or lying when the harness says so,
// and with a record of what a power cut would take.
#pragma once

#include "cluster/node/control.hpp"
#include "cluster/node/undo_area.hpp"
#include "runtime/file.hpp"

namespace weir::torture {

// Safe from any thread, as what is below it. Control and area must outlive it and its files.
class FaultyDisk : public runtime::FileSystem {
  public:
    FaultyDisk(runtime::FileSystem& below, const Control& control, UndoArea& area)
        : below_(below), control_(control), area_(area) {}

    Result<std::unique_ptr<runtime::File>> open(const std::string& path, runtime::OpenMode mode) override;
    Result<void> make_directories(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& path) override { return below_.list(path); }
    Result<std::uint64_t> file_size(const std::string& path) override { return below_.file_size(path); }
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;
    Result<void> sync_directory(const std::string& path) override;
    Result<std::uint64_t> free_bytes(const std::string& path) override;
    Result<std::unique_ptr<runtime::File>> lock(const std::string& path) override;

  private:
    std::unique_ptr<runtime::File> wrap(std::unique_ptr<runtime::File> file, const std::string& path);

    runtime::FileSystem& below_;
    const Control& control_;
    UndoArea& area_;
};

}  // namespace weir::torture
