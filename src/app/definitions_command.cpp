// `weir definitions`: files of all that is declared and set, in RabbitMQ's format.
#include "app/definitions_file.hpp"

namespace weir::app {

using nlohmann::json;

namespace {

struct DefinitionsOptions : ManagementOptions {
    DefinitionsOptions() { host.clear(); }
    std::string file;
};

std::string path_of(const DefinitionsOptions& options) {
    return options.host.empty() ? api_path({"definitions"}) : api_path({"definitions", options.host});
}

Result<int> run_export(const DefinitionsOptions& options) {
    const auto answer = ask_api(options, "GET", path_of(options));
    if (!answer) return answer.error();
    if (const auto written = write_definitions_file(options.file, answer->body); !written)
        return written.error();
    return exit_success;
}

void print_things(const json& report, const char* which) {
    for (const auto& at : report.value(which, json::array())) {
        fmt::print("  {} {} (virtual host '{}'): {}\n", cell_text(at, "kind"), cell_text(at, "name"),
                   cell_text(at, "vhost"), cell_text(at, "reason"));
    }
}

Result<int> run_import(const DefinitionsOptions& options) {
    const auto file = read_definitions_file(options.file);
    if (!file) return file.error();
    const auto answer = ask_api(options, "POST", path_of(options) + "?report=true", file->body);
    if (!answer) return answer.error();
    const auto& report = answer->body;
    const bool is_all = !report.is_object() || report.value("not_imported", json::array()).empty();
    fmt::print("imported {}{}\n", is_all ? "all of " : "", options.file + (is_all ? "" : ", but not:"));
    if (!report.is_object()) return exit_success;
    print_things(report, "not_imported");
    if (report.contains("without_effect") && !report["without_effect"].empty()) {
        fmt::print("without effect here, and kept as they are:\n");
        print_things(report, "without_effect");
    }
    return is_all ? exit_success : exit_failure;
}

void add_one(CLI::App* family, Action& action, const char* name, const char* help, const char* file_help,
             Result<int> (*run)(const DefinitionsOptions&)) {
    auto* command = family->add_subcommand(name, help);
    auto options = std::make_shared<DefinitionsOptions>();
    command->add_option("file", options->file, file_help)->required()->type_name("FILE");
    add_management_options(*command, options, With::nothing);
    command->add_option("--vhost,-p", options->host, "Only what is in this virtual host.")->type_name("NAME");
    run_when_chosen(*command, action, std::move(options), run);
}

}  // namespace

void add_definitions_command(CLI::App& parent, Action& action) {
    auto* family = parent.add_subcommand("definitions", "Take all definitions along, or bring them here.");
    family->require_subcommand(0, 1);
    add_one(family, action, "export", "Write what is declared and set to a file.", "Where to; - prints it.",
            run_export);
    add_one(family, action, "import",
            "Make what a file defines, as RabbitMQ 3.x or 4.x or weir has exported it.", "What to read.",
            run_import);
}

}  // namespace weir::app
