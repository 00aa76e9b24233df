// What one scrape tells, gathered by the names of the metrics.
#pragma once

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <string>
#include <vector>

namespace weir::management {

class Families {
  public:
    using Labels = std::vector<prometheus::ClientMetric::Label>;

    void gauge(const char* name, const char* help, double value, const Labels& labels = {}) {
        add(name, help, MetricType::Gauge, labels).gauge.value = value;
    }
    void counter(const char* name, const char* help, double value, const Labels& labels = {}) {
        add(name, help, MetricType::Counter, labels).counter.value = value;
    }
    std::string text() const { return prometheus::TextSerializer{}.Serialize(all_); }

  private:
    using ClientMetric = prometheus::ClientMetric;
    using MetricType = prometheus::MetricType;

    ClientMetric& add(const char* name, const char* help, MetricType type, const Labels& labels) {
        const auto [at, is_new] = places_.try_emplace(name, all_.size());
        if (is_new) all_.push_back({name, help, type, {}});
        auto& metric = all_[at->second].metric.emplace_back();
        metric.label = labels;
        return metric;
    }

    std::vector<prometheus::MetricFamily> all_;
    std::map<std::string, std::size_t> places_;
};

template <class T>
double as_double(T value) {
    return static_cast<double>(value);
}

}  // namespace weir::management
