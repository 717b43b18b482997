// Goroutines, maps, garbage, sorting, JSON and recursion, until it is ended.
package main

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"sync"
)

type node struct {
	Depth    int
	Name     string
	Children []*node
}

func tree(depth int) *node {
	n := &node{Depth: depth, Name: fmt.Sprintf("node-%d", depth)}
	for i := 0; depth > 0 && i < 3; i++ {
		n.Children = append(n.Children, tree(depth-1))
	}
	return n
}

func count(n *node) int {
	sum := 1
	for _, child := range n.Children {
		sum += count(child)
	}
	return sum
}

func work(seed uint32) int {
	text, err := json.Marshal(tree(6))
	if err != nil {
		panic(err)
	}
	var back node
	if err := json.Unmarshal(text, &back); err != nil {
		panic(err)
	}
	seen := map[string]int{}
	words := make([]string, 0, 2000)
	for i := 0; i < 2000; i++ {
		seed = seed*1664525 + 1013904223
		word := fmt.Sprint(seed >> 16)
		seen[strings.ToUpper(word)]++
		words = append(words, word)
	}
	sort.Slice(words, func(a, b int) bool { return words[a] < words[b] })
	return count(&back) + len(seen)
}

func main() {
	var all sync.WaitGroup
	for i := uint32(0); i < 4; i++ {
		all.Add(1)
		go func(seed uint32) {
			defer all.Done()
			for {
				work(seed)
			}
		}(i)
	}
	all.Wait()
}
