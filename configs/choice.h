#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "configs/binder.h"
#include "core/error.h"
#include "core/registry.h"

namespace melomine::configs {

/// The key by which a map says which kind of a family it is.
inline constexpr std::string_view kTypeKey = "type";

/// One kind of a family (a loss, an encoder, a feature), as a config holds it: its own settings. A family
/// derives a class from this, which adds how the thing is made of them.
class Kind {
 public:
  virtual ~Kind() = default;
  /// Binds the settings that this kind has of its own.
  virtual void fields(Binder& b) = 0;
  virtual std::unique_ptr<Kind> clone() const = 0;
};

/// A kind in its family's list.
struct KindEntry {
  std::string name;                             ///< as in YAML
  std::string doc;                              ///< one phrase
  std::function<std::unique_ptr<Kind>()> make;  ///< with its defaults
};

/// All kinds of a family, filled by one explicit list (no static-initialiser tricks).
class Catalogue {
 public:
  /// @param family  what is chosen, for messages: "loss"
  Catalogue(const std::string& family, const std::vector<KindEntry>& kinds);
  const std::string& family() const { return family_; }
  /// In alphabetical order.
  std::vector<std::string> names() const { return kinds_.names(); }
  /// @throws ConfigError "unknown loss 'ntxent'; known: …"
  const KindEntry& get(const std::string& name) const { return kinds_.get(name); }

 private:
  std::string family_;
  Registry<KindEntry> kinds_;
};

/// A line of a catalogue. It calls NAME_kind(), which the kind's own file defines, so that a catalogue
/// includes no kind's header and a further kind is one line.
#define MELOMINE_KIND(NAME)                              \
  [] {                                                   \
    extern ::melomine::configs::KindEntry NAME##_kind(); \
    return NAME##_kind();                                \
  }()

/// A member of a config that is one of a family's kinds; copying it copies the settings. Choice below knows
/// the family.
class AnyChoice {
 public:
  AnyChoice(const AnyChoice& other);
  AnyChoice(AnyChoice&&) noexcept = default;
  AnyChoice& operator=(const AnyChoice& other);
  AnyChoice& operator=(AnyChoice&&) noexcept = default;
  ~AnyChoice() = default;

  /// The kind's name; empty when none is chosen yet.
  const std::string& type() const { return type_; }
  const Catalogue& catalogue() const { return *catalogue_; }
  /// Another kind, with its defaults. @throws ConfigError for an unknown one
  void choose(const std::string& type);
  /// Binds the settings of the kind that is chosen.
  void fields(Binder& b);

 protected:
  AnyChoice(const Catalogue& catalogue, const std::string& type);
  Kind& own() const;
  /// @throws ConfigError naming the kind that is chosen
  [[noreturn]] void fail_settings() const;

 private:
  const Catalogue* catalogue_;
  std::string type_;
  std::unique_ptr<Kind> own_;
};

/// Whether a map has a `type`, that is all a config need say: `b.variant(choice)` is its whole `bind`.
inline void bind(Binder& b, AnyChoice& choice) {
  b.variant(choice);
}

/// The settings of a kind, by their type.
template <class Config>
struct Holds {
  Config config;
};

/// What a kind's class adds to its family's: settings with a `bind` of their own.
/// @param Self    the kind's class, which derives from this
/// @param Family  the family's class, which derives from Kind
template <class Self, class Family, class Config>
class KindOf : public Family, public Holds<Config> {
 public:
  void fields(Binder& b) override { bind(b, this->config); }
  std::unique_ptr<Kind> clone() const override {
    return std::make_unique<Self>(static_cast<const Self&>(*this));
  }
};

/// The entry of a kind whose class is K.
template <class K>
KindEntry kind(std::string name, std::string doc) {
  return {std::move(name), std::move(doc), [] { return std::make_unique<K>(); }};
}

/// The settings of a kind that has none.
struct NoSettings {};
inline void bind(Binder&, NoSettings&) {}

/// One of a family's kinds by its name, with settings of its own beside it:
/// `{type: nt_xent, temperature: 0.05}`.
/// ```
/// configs::Choice<LossKind> loss{"nt_xent"};
/// loss.settings<NtXentConfig>().temperature = 0.1;
/// loss->make(context)
/// ```
/// @param Family  derives from Kind; Family::catalogue() is its list
template <class Family>
class Choice : public AnyChoice {
 public:
  /// None yet: one must be chosen.
  Choice() : AnyChoice(Family::catalogue(), "") {}
  /// The kind of this name, with its defaults. @throws ConfigError for an unknown one
  explicit Choice(const std::string& type) : AnyChoice(Family::catalogue(), type) {}
  /// The same with these settings.
  template <class Config>
  Choice(const std::string& type, Config config) : Choice(type) {
    settings<Config>() = std::move(config);
  }

  const Family* operator->() const { return static_cast<const Family*>(&own()); }
  Family* operator->() { return static_cast<Family*>(&own()); }

  /// The settings of the kind that is chosen. @throws ConfigError when they are of another type
  template <class Config>
  Config& settings() {
    auto* holder = dynamic_cast<Holds<Config>*>(&own());
    if (holder == nullptr) fail_settings();
    return holder->config;
  }
  template <class Config>
  const Config& settings() const {
    return const_cast<Choice*>(this)->settings<Config>();
  }
};

/// The keys that `body` binds, each with the kinds of `choice` that have it. `choice` is bound by `body`, and
/// stays as it is.
std::map<std::string, std::vector<std::string>> types_of_keys(AnyChoice& choice,
                                                              const std::function<void(Binder&)>& body);

}  // namespace melomine::configs
