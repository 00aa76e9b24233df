// The fields of each request and reply, in order; one list serves both ways.
#include "metadata/topology/request_format.hpp"

#include <tuple>
#include <type_traits>

#include "metadata/topology/format.hpp"

namespace weir::topology {

namespace {

constexpr std::size_t max_items = 100'000;  // of a list in a request

struct RequestWriting {
    FieldWriter& out;
    void flag(bool value) { out.flag(value); }
    void text(const std::string& value) { out.text(value); }
    void node(NodeId value) { out.signed_number(value.value); }
    void id(QueueId value) { out.number(value.value); }
    void value(const Value& value) { write(out, Table{{"", value}}); }
    template <class Entity>
    void entity(const Entity& value) {
        write(out, value);
    }
    template <class Item, class Field>
    void list(const std::vector<Item>& items, Field field) {
        out.number(items.size());
        for (const auto& item : items) field(const_cast<Item&>(item));
    }
    // What `field` writes, if there is something.
    template <class T, class Field>
    void optional(const std::optional<T>& value, Field field) {
        out.flag(value.has_value());
        if (value) field(const_cast<T&>(*value));
    }
    template <class T>
    void pointer(const std::shared_ptr<const T>& value) {
        out.flag(value != nullptr);
        if (value) write(out, *value);
    }
};

struct RequestReading {
    FieldReader& in;
    void flag(bool& value) { value = in.flag(); }
    void text(std::string& value) { value = in.text(max_value_text_bytes); }
    void node(NodeId& value) { value = NodeId{static_cast<std::int32_t>(in.signed_number(-1, INT32_MAX))}; }
    void id(QueueId& value) { value = QueueId{in.number(queue_id_limit - 1)}; }
    void value(Value& value) {
        auto table = read_table(in);
        if (table.size() != 1 || !table.begin()->first.empty()) return in.fail();
        value = std::move(table.begin()->second);
    }
    template <class Entity>
    void entity(Entity& value) {
        read(in, value);
    }
    template <class Item, class Field>
    void list(std::vector<Item>& items, Field field) {
        for (auto left = in.count(max_items); left > 0 && in.ok(); --left) field(items.emplace_back());
    }
    template <class T, class Field>
    void optional(std::optional<T>& value, Field field) {
        value.reset();
        if (in.flag()) field(value.emplace());
    }
    template <class T>
    void pointer(std::shared_ptr<const T>& value) {
        value = nullptr;
        if (!in.flag()) return;
        auto read_in = std::make_shared<T>();
        read(in, *read_in);
        value = std::move(read_in);
    }
};

template <class F>
void compared(F& f, std::vector<ComparedArgument>& arguments) {
    f.list(arguments, [&](ComparedArgument& one) {
        f.text(one.name);
        f.optional(one.when_missing, [&](Value& value) { f.value(value); });
    });
}
template <class F>
void difference(F& f, std::optional<Difference>& difference) {
    f.optional(difference, [&](Difference& one) {
        f.text(one.attribute);
        f.optional(one.received, [&](Value& value) { f.value(value); });
        f.optional(one.current, [&](Value& value) { f.value(value); });
    });
}

// Requests.

template <class F>
void fields(F& f, PutVirtualHost& m) {
    f.entity(m.host);
    f.list(m.exchanges, [&](Exchange& one) { f.entity(one); });
}
template <class F>
void fields(F& f, DeleteVirtualHost& m) {
    f.text(m.host);
}
template <class F>
void fields(F& f, DeclareExchange& m) {
    f.entity(m.exchange), compared(f, m.compared);
}
template <class F>
void fields(F& f, DeleteExchange& m) {
    f.text(m.host), f.text(m.name), f.flag(m.if_unused);
}
template <class F>
void fields(F& f, DeclareQueue& m) {
    f.entity(m.queue), compared(f, m.compared);
}
template <class F>
void fields(F& f, DeleteQueue& m) {
    f.text(m.host), f.text(m.name);
    f.optional(m.id, [&](QueueId& id) { f.id(id); });
}
template <class F>
void fields(F& f, DropTransients& m) {
    f.node(m.node), f.flag(m.with_exchanges);
}
template <class F>
void fields(F& f, Bind& m) {
    f.entity(m.binding);
}
template <class F>
void fields(F& f, Unbind& m) {
    f.entity(m.binding);
}
template <class F>
void fields(F& f, SetPolicy& m) {
    f.entity(m.policy);
}
template <class F>
void fields(F& f, ClearPolicy& m) {
    f.text(m.host), f.text(m.name), f.flag(m.is_operator);
}
template <class F>
void fields(F& f, PutUser& m) {
    f.entity(m.user);
}
template <class F>
void fields(F& f, DeleteUser& m) {
    f.text(m.user);
}
template <class F>
void fields(F& f, SetPermissions& m) {
    f.entity(m.permissions);
}
template <class F>
void fields(F& f, ClearPermissions& m) {
    f.text(m.user), f.text(m.host);
}
template <class F>
void fields(F& f, SetTopicPermissions& m) {
    f.entity(m.permissions);
}
template <class F>
void fields(F& f, ClearTopicPermissions& m) {
    f.text(m.user), f.text(m.host);
    f.optional(m.exchange, [&](std::string& name) { f.text(name); });
}
template <class F>
void fields(F& f, SetParameter& m) {
    f.entity(m.parameter);
}
template <class F>
void fields(F& f, ClearParameter& m) {
    f.text(m.component), f.text(m.host), f.text(m.name);
}

// Replies. Those without fields are all alike.

template <class F, class Reply>
    requires std::is_empty_v<Reply>
void fields(F&, Reply&) {}
template <class F>
void fields(F& f, PutVirtualHost::Reply& m) {
    f.flag(m.is_new);
}
template <class F>
void fields(F& f, DeclareExchange::Reply& m) {
    f.pointer(m.exchange), f.flag(m.is_new), difference(f, m.difference);
}
template <class F>
void fields(F& f, DeleteExchange::Reply& m) {
    f.pointer(m.exchange), f.flag(m.is_in_use);
}
template <class F>
void fields(F& f, DeclareQueue::Reply& m) {
    f.pointer(m.queue), f.flag(m.is_new), difference(f, m.difference);
}
template <class F>
void fields(F& f, DeleteQueue::Reply& m) {
    f.pointer(m.queue);
}
template <class F>
void fields(F& f, DropTransients::Reply& m) {
    f.list(m.queues, [&](QueuePtr& one) { f.pointer(one); });
    f.flag(m.has_more);
}
template <class F>
void fields(F& f, Bind::Reply& m) {
    f.flag(m.is_new);
}
template <class F>
void fields(F& f, Unbind::Reply& m) {
    f.flag(m.was_there);
}
template <class F>
void fields(F& f, PutUser::Reply& m) {
    f.flag(m.is_new);
}
template <class F>
void fields(F& f, ClearPermissions::Reply& m) {
    f.flag(m.was_there);
}
template <class F>
void fields(F& f, ClearTopicPermissions::Reply& m) {
    f.flag(m.was_there), f.flag(m.has_more);
}
template <class F>
void fields(F& f, SetParameter::Reply& m) {
    f.flag(m.is_new);
}
template <class F>
void fields(F& f, ClearParameter::Reply& m) {
    f.flag(m.was_there);
}

}  // namespace

template <class Message>
void write_message(FieldWriter& out, const Message& message) {
    RequestWriting writing{out};
    fields(writing, const_cast<Message&>(message));  // which it does not change
}

template <class Message>
void read_message(FieldReader& in, Message& message) {
    RequestReading reading{in};
    fields(reading, message);
}

namespace {

// Makes both for every request and its reply.
template <class... Requests>
struct Instances {
    static constexpr auto all =
        std::tuple{&write_message<Requests>..., &read_message<Requests>...,
                   &write_message<typename Requests::Reply>..., &read_message<typename Requests::Reply>...};
};
[[gnu::used]] const auto instances = AllRequests<Instances>::all;

}  // namespace

}  // namespace weir::topology
