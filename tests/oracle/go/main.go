// Reads texts, a JSON string on each line, and says of each what go-yaml, the parser of kustomize and kpt, makes of it when it decodes
// to nodes: a JSON object on each line.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

type answer struct {
	// Error is empty where the text was read.
	Error string `json:"error"`
	// Documents are the trees, spelled so that two readers can be compared.
	Documents []string `json:"documents"`
}

func read(text string) (said answer) {
	defer func() {
		if panicked := recover(); panicked != nil {
			said.Error = fmt.Sprint("panic: ", panicked)
		}
	}()
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var node yaml.Node
		err := decoder.Decode(&node)
		if errors.Is(err, io.EOF) {
			return said
		}
		if err != nil {
			said.Error = err.Error()
			return said
		}
		var spelled strings.Builder
		spell(&spelled, &node)
		said.Documents = append(said.Documents, spelled.String())
	}
}

func spell(out *strings.Builder, node *yaml.Node) {
	switch node.Kind {
	case yaml.DocumentNode:
		for _, root := range node.Content {
			spell(out, root)
		}
	case yaml.MappingNode, yaml.SequenceNode:
		brackets := "{}"
		if node.Kind == yaml.SequenceNode {
			brackets = "[]"
		}
		out.WriteByte(brackets[0])
		for _, child := range node.Content {
			spell(out, child)
			out.WriteByte(' ')
		}
		out.WriteByte(brackets[1])
	case yaml.AliasNode:
		out.WriteString("*" + node.Value)
	case yaml.ScalarNode:
		out.WriteString("<" + node.Value + ">")
	}
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	decoder := json.NewDecoder(in)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		var text string
		if err := decoder.Decode(&text); err != nil {
			if errors.Is(err, io.EOF) {
				return
			}
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := encoder.Encode(read(text)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
