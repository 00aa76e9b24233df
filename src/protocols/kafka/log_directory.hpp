// The one directory of a node, as clients are told of it and must name it.
#pragma once

#include <filesystem>
#include <string>

#include "broker/broker.hpp"

namespace weir::kafka {

inline std::string log_directory(const broker::Broker& broker) {
    std::error_code failed;
    const auto path = std::filesystem::absolute(broker.data_directory(), failed);
    return failed ? broker.data_directory() : path.string();
}

}  // namespace weir::kafka
