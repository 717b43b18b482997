// Threads, sorting, maps, strings, trait objects and recursion, until it is ended.
use std::collections::{BTreeMap, HashMap};
use std::thread;

trait Shape {
    fn area(&self) -> f64;
}

struct Square(f64);
struct Group(Vec<Box<dyn Shape + Send>>);

impl Shape for Square {
    fn area(&self) -> f64 {
        self.0 * self.0
    }
}

impl Shape for Group {
    fn area(&self) -> f64 {
        self.0.iter().map(|shape| shape.area()).sum()
    }
}

fn nested(depth: u32) -> Box<dyn Shape + Send> {
    if depth == 0 {
        return Box::new(Square(2.0));
    }
    Box::new(Group((0..3).map(|_| nested(depth - 1)).collect()))
}

fn parallel_sum(values: &[u64]) -> u64 {
    thread::scope(|scope| {
        let parts: Vec<_> = values
            .chunks(values.len() / 2 + 1)
            .map(|part| {
                scope.spawn(move || {
                    let mut sorted = part.to_vec();
                    sorted.sort_unstable_by_key(|value| value.rotate_left(17));
                    sorted.iter().step_by(7).fold(0u64, |sum, v| sum.wrapping_add(*v))
                })
            })
            .collect();
        parts.into_iter().map(|part| part.join().unwrap()).fold(0, u64::wrapping_add)
    })
}

fn work(seed: &mut u64) -> u64 {
    let mut values = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut order = BTreeMap::new();
    for _ in 0..20000 {
        *seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        values.push(*seed);
        *seen.entry(format!("{:x}", *seed >> 48)).or_default() += 1;
        order.insert(*seed >> 40, *seed);
    }
    let mut words: Vec<String> = values.iter().take(3000).map(|v| v.to_string()).collect();
    words.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| b.cmp(a)));
    parallel_sum(&values) ^ seen.len() as u64 ^ order.len() as u64 ^ nested(7).area() as u64
}

fn main() {
    let mut seed = 1;
    let mut sum = 0u64;
    loop {
        sum ^= work(&mut seed);
        std::hint::black_box(sum);
    }
}
