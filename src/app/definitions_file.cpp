// Text that is no UTF-8 is written as JSON can have it.
#include "app/definitions_file.hpp"

#include <fstream>
#include <sstream>

namespace weir::app {

Result<ApiAnswer> read_definitions_file(const std::string& path) {
    std::ifstream in{path};
    std::stringstream text;
    text << in.rdbuf();
    if (!in) return Error{Errc::io_error, fmt::format("can't read {}", path)};
    auto file = parse_object(text.str(), "a file of definitions");
    if (!file) return Error{Errc::invalid_argument, path + " is no file of definitions"};
    return file;
}

Result<void> write_definitions_file(const std::string& path, const nlohmann::json& definitions) {
    const auto text = definitions.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
    if (path == "-") {
        fmt::print("{}\n", text);
        return {};
    }
    std::ofstream out{path};
    out << text << '\n';
    out.close();
    return out ? Result<void>{} : Error{Errc::io_error, fmt::format("can't write {}", path)};
}

}  // namespace weir::app
