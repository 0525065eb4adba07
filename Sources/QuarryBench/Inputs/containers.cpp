// Templates that a C++ compiler has to work for: containers, algorithms, variants, tuples.
#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

template <std::size_t Number>
struct Shape {
  std::array<double, Number + 1> sides;
  std::string name = "shape " + std::to_string(Number);
  double size() const { return std::accumulate(sides.begin(), sides.end(), 0.0); }
  bool operator<(const Shape &other) const { return std::tie(name, sides) < std::tie(other.name, other.sides); }
};

template <typename... Shapes>
struct Album {
  std::vector<std::variant<Shapes...>> all;
  std::tuple<std::map<std::string, Shapes>...> byName;
  std::tuple<std::set<Shapes>...> sorted;

  template <typename Which>
  void add(Which shape) {
    std::get<std::map<std::string, Which>>(byName).emplace(shape.name, shape);
    std::get<std::set<Which>>(sorted).insert(shape);
    all.emplace_back(std::move(shape));
  }

  double size() const {
    double sum = 0;
    for (const auto &shape : all) sum += std::visit([](const auto &one) { return one.size(); }, shape);
    return sum;
  }
};

template <std::size_t... Numbers>
double fill(std::index_sequence<Numbers...>) {
  Album<Shape<Numbers>...> album;
  (album.add(Shape<Numbers>{}), ...);
  std::unordered_map<std::string, std::function<double(double)>> actions;
  ((actions["action " + std::to_string(Numbers)] =
        [factor = double(Numbers)](double value) { return value * factor + Numbers; }),
   ...);
  double sum = album.size();
  for (auto &[name, action] : actions) sum += action(double(name.size()));
  return sum;
}

std::vector<std::string> words(const std::string &text) {
  std::vector<std::string> found;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) found.push_back(word);
  std::sort(found.begin(), found.end(), [](const auto &left, const auto &right) {
    return std::make_tuple(left.size(), left) < std::make_tuple(right.size(), right);
  });
  return found;
}

int main(int count, char **arguments) {
  std::ostringstream out;
  for (const auto &word : words(count > 1 ? arguments[1] : "some words and 12 numbers")) out << word << ' ';
  auto shared = std::make_shared<std::string>(out.str());
  return int(fill(std::make_index_sequence<4>()) + double(shared->size())) & 1;
}
