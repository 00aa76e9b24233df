// Entities and commands as bytes.
#include "metadata/topology/format.hpp"

namespace weir::topology {

namespace {

std::string read_name(FieldReader& in) {
    return in.text(max_name_bytes);
}
std::string read_pattern(FieldReader& in) {
    return in.text(max_pattern_bytes);
}

template <class Enum>
Enum read_enum(FieldReader& in, Enum least, Enum most) {
    const auto number = in.number(static_cast<std::uint64_t>(most));
    if (number < static_cast<std::uint64_t>(least)) in.fail();
    return in.ok() ? static_cast<Enum>(number) : least;
}

template <class Enum>
void write_enum(FieldWriter& out, Enum value) {
    out.number(static_cast<std::uint64_t>(value));
}

void write_tags(FieldWriter& out, const std::vector<std::string>& tags) {
    out.number(tags.size());
    for (const auto& tag : tags) out.text(tag);
}
std::vector<std::string> read_tags(FieldReader& in) {
    std::vector<std::string> out(in.count(max_tags));
    for (auto& tag : out) tag = read_name(in);
    return out;
}

void write(FieldWriter& out, const Credential& credential) {
    write_enum(out, credential.kind);
    out.blob(credential.salt);
    out.number(credential.iterations);
    out.blob(credential.key);
    out.blob(credential.server_key);
}
void read(FieldReader& in, Credential& out) {
    out.kind = read_enum(in, CredentialKind::salted_sha256, CredentialKind::scram_sha512);
    out.salt = in.blob(max_salt_bytes);
    out.iterations = static_cast<std::uint32_t>(in.number(max_iterations));
    out.key = in.blob(max_hash_bytes);
    out.server_key = in.blob(max_hash_bytes);
}

// The fields of each command, in order; `F` writes or reads them.
template <class F>
void fields(F& f, VirtualHostChanged& c) {
    f.entity(c.host);
}
template <class F>
void fields(F& f, VirtualHostDeleted& c) {
    f.name(c.host);
}
template <class F>
void fields(F& f, ExchangeDeclared& c) {
    f.entity(c.exchange);
}
template <class F>
void fields(F& f, ExchangeDeleted& c) {
    f.name(c.host), f.name(c.name);
}
template <class F>
void fields(F& f, QueueDeclared& c) {
    f.entity(c.queue);
}
template <class F>
void fields(F& f, QueueDeleted& c) {
    f.name(c.host), f.name(c.name);
}
template <class F>
void fields(F& f, BindingAdded& c) {
    f.entity(c.binding);
}
template <class F>
void fields(F& f, BindingRemoved& c) {
    f.entity(c.binding);
}
template <class F>
void fields(F& f, PolicySet& c) {
    f.entity(c.policy);
}
template <class F>
void fields(F& f, PolicyCleared& c) {
    f.name(c.host), f.flag(c.is_operator), f.name(c.name);
}
template <class F>
void fields(F& f, UserChanged& c) {
    f.entity(c.user);
}
template <class F>
void fields(F& f, UserDeleted& c) {
    f.name(c.user);
}
template <class F>
void fields(F& f, PermissionsSet& c) {
    f.entity(c.permissions);
}
template <class F>
void fields(F& f, PermissionsCleared& c) {
    f.name(c.user), f.name(c.host);
}
template <class F>
void fields(F& f, TopicPermissionsSet& c) {
    f.entity(c.permissions);
}
template <class F>
void fields(F& f, TopicPermissionsCleared& c) {
    f.name(c.user), f.name(c.host), f.name(c.exchange);
}

template <class F>
void fields(F& f, ParameterSet& c) {
    f.entity(c.parameter);
}
template <class F>
void fields(F& f, ParameterCleared& c) {
    f.name(c.component), f.name(c.host), f.name(c.name);
}

struct Writing {
    FieldWriter& out;
    void name(const std::string& text) { out.text(text); }
    void flag(bool value) { out.flag(value); }
    template <class Entity>
    void entity(const Entity& entity) {
        topology::write(out, entity);
    }
};
struct Reading {
    FieldReader& in;
    void name(std::string& text) { text = read_name(in); }
    void flag(bool& value) { value = in.flag(); }
    template <class Entity>
    void entity(Entity& entity) {
        topology::read(in, entity);
    }
};

template <std::size_t at = 0>
std::optional<Command> read_alternative(std::size_t wanted, FieldReader& in) {
    if constexpr (at == std::variant_size_v<Command>) {
        return std::nullopt;
    } else if (at == wanted) {
        std::variant_alternative_t<at, Command> command{};
        Reading reading{in};
        fields(reading, command);
        return command;
    } else {
        return read_alternative<at + 1>(wanted, in);
    }
}

}  // namespace

void write(FieldWriter& out, const VirtualHost& host) {
    out.text(host.name);
    out.text(host.description);
    write_tags(out, host.tags);
    write(out, host.settings);
}
void read(FieldReader& in, VirtualHost& out) {
    out.name = read_name(in);
    out.description = in.text(max_value_text_bytes);
    out.tags = read_tags(in);
    out.settings = read_table(in);
}

void write(FieldWriter& out, const Exchange& exchange) {
    out.text(exchange.host);
    out.text(exchange.name);
    write_enum(out, exchange.kind);
    out.flag(exchange.is_durable);
    out.flag(exchange.is_auto_delete);
    out.flag(exchange.is_internal);
    out.flag(exchange.is_delayed);
    write(out, exchange.arguments);
}
void read(FieldReader& in, Exchange& out) {
    out.host = read_name(in);
    out.name = read_name(in);
    out.kind = read_enum(in, ExchangeKind::direct, ExchangeKind::random);
    out.is_durable = in.flag();
    out.is_auto_delete = in.flag();
    out.is_internal = in.flag();
    out.is_delayed = in.flag();
    out.arguments = read_table(in);
}

void write(FieldWriter& out, const Queue& queue) {
    out.text(queue.host);
    out.text(queue.name);
    out.number(queue.id.value);
    out.number(queue.shard);
    out.flag(queue.is_durable);
    out.flag(queue.is_auto_delete);
    out.signed_number(queue.node.value);
    out.uuid(queue.owner);
    write(out, queue.arguments);
}
void read(FieldReader& in, Queue& out) {
    out.host = read_name(in);
    out.name = read_name(in);
    out.id = QueueId{in.number()};
    out.shard = static_cast<std::uint32_t>(in.number(UINT32_MAX));
    out.is_durable = in.flag();
    out.is_auto_delete = in.flag();
    out.node = NodeId{static_cast<std::int32_t>(in.signed_number(-1, INT32_MAX))};
    out.owner = in.uuid();
    out.arguments = read_table(in);
}

void write(FieldWriter& out, const Binding& binding) {
    out.text(binding.host);
    out.text(binding.source);
    write_enum(out, binding.kind);
    out.text(binding.destination);
    out.text(binding.key);
    write(out, binding.arguments);
}
void read(FieldReader& in, Binding& out) {
    out.host = read_name(in);
    out.source = read_name(in);
    out.kind = read_enum(in, DestinationKind::queue, DestinationKind::topic);
    out.destination = read_name(in);
    out.key = read_name(in);
    out.arguments = read_table(in);
}

void write(FieldWriter& out, const Policy& policy) {
    out.text(policy.host);
    out.text(policy.name);
    out.flag(policy.is_operator);
    out.text(policy.pattern);
    write_enum(out, policy.target);
    out.signed_number(policy.priority);
    write(out, policy.definition);
}
void read(FieldReader& in, Policy& out) {
    out.host = read_name(in);
    out.name = read_name(in);
    out.is_operator = in.flag();
    out.pattern = read_pattern(in);
    out.target = read_enum(in, PolicyTarget::all, PolicyTarget::exchanges);
    out.priority = static_cast<std::int32_t>(in.signed_number(INT32_MIN, INT32_MAX));
    out.definition = read_table(in);
}

void write(FieldWriter& out, const User& user) {
    out.text(user.name);
    out.number(user.credentials.size());
    for (const auto& credential : user.credentials) write(out, credential);
    write_tags(out, user.tags);
    write(out, user.settings);
}
void read(FieldReader& in, User& out) {
    out.name = read_name(in);
    out.credentials.resize(in.count(max_credentials));
    for (auto& credential : out.credentials) read(in, credential);
    out.tags = read_tags(in);
    out.settings = read_table(in);
}

void write(FieldWriter& out, const Permissions& permissions) {
    for (const auto* text : {&permissions.user, &permissions.host, &permissions.configure, &permissions.write,
                             &permissions.read})
        out.text(*text);
}
void read(FieldReader& in, Permissions& out) {
    out.user = read_name(in);
    out.host = read_name(in);
    for (auto* pattern : {&out.configure, &out.write, &out.read}) *pattern = read_pattern(in);
}

void write(FieldWriter& out, const TopicPermissions& permissions) {
    for (const auto* text :
         {&permissions.user, &permissions.host, &permissions.exchange, &permissions.write, &permissions.read})
        out.text(*text);
}
void read(FieldReader& in, TopicPermissions& out) {
    for (auto* name : {&out.user, &out.host, &out.exchange}) *name = read_name(in);
    for (auto* pattern : {&out.write, &out.read}) *pattern = read_pattern(in);
}

// The value as a table of one without a name.
void write(FieldWriter& out, const Parameter& parameter) {
    for (const auto* text : {&parameter.component, &parameter.host, &parameter.name}) out.text(*text);
    write(out, Table{{"", parameter.value}});
}
void read(FieldReader& in, Parameter& out) {
    for (auto* name : {&out.component, &out.host, &out.name}) *name = read_name(in);
    auto table = read_table(in);
    if (table.size() != 1 || !table.begin()->first.empty()) return in.fail();
    out.value = std::move(table.begin()->second);
}

std::uint64_t write(FieldWriter& out, const Command& command) {
    Writing writing{out};
    auto copy = command;  // one list of fields serves both ways, and reading needs them changeable
    std::visit([&](auto& c) { fields(writing, c); }, copy);
    return first_command_kind + command.index();
}

std::optional<Command> read_command(std::uint64_t kind, FieldReader& in) {
    if (kind < first_command_kind) return std::nullopt;
    return read_alternative(kind - first_command_kind, in);
}

}  // namespace weir::topology
