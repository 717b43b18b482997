// Exceptions, sorting, streams, maps and virtual recursion, until it is ended.
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

struct shape {
	virtual ~shape() = default;
	virtual double area(int level) const = 0;
};

struct square : shape {
	double side = 2;
	double area(int level) const override
	{
		static unsigned calls;

		if (++calls % 4 == 0)
			throw std::out_of_range("level " + std::to_string(level));
		return side * side;
	}
};

struct group : shape {
	std::vector<std::unique_ptr<shape>> parts;
	double area(int level) const override
	{
		double sum = 0;
		for (const auto &part : parts) {
			try {
				sum += part->area(level + 1);
			} catch (const std::logic_error &error) {
				sum += static_cast<double>(std::string(error.what()).size());
			}
		}
		return sum;
	}
};

static std::unique_ptr<shape> nested(int depth)
{
	if (!depth)
		return std::make_unique<square>();
	auto all = std::make_unique<group>();
	for (int i = 0; i < 3; i++)
		all->parts.push_back(nested(depth - 1));
	return all;
}

static std::size_t work(unsigned &seed)
{
	std::map<std::string, int> seen;
	std::vector<std::string> words;
	std::ostringstream out;

	for (int i = 0; i < 5000; i++) {
		seed = seed * 1664525u + 1013904223u;
		words.push_back(std::to_string(seed >> 8));
		seen[words.back().substr(0, 3)]++;
	}
	std::sort(words.begin(), words.end(), [](const std::string &a, const std::string &b) {
		return a.size() != b.size() ? a.size() < b.size() : a > b;
	});
	for (const auto &[word, count] : seen)
		out << word << ' ' << count << ' ' << count / 3.0 << '\n';
	std::istringstream in(out.str());
	std::string line;
	std::size_t len = 0;
	while (std::getline(in, line))
		len += line.size();
	return len + static_cast<std::size_t>(nested(6)->area(0));
}

int main()
{
	unsigned seed = 1;
	std::size_t sum = 0;

	for (;;) {
		sum += work(seed);
		if (sum == 1)
			std::cout << sum << std::endl;
	}
}
