// What Kubernetes itself says about manifests, with the packages that the API server and kubelet are made of:
//
//	kubernetes-check objects FILE...   each error of strict decoding and of validation, as FILE, object and error between tabs
//	kubernetes-check pulls FILE...     each image of a pod spec, as FILE, image and the user that kubelet would pull it as, or -
//
// Documents of a file are separate objects, and so are the items of a ResourceList. Kinds that Kubernetes does not have are passed over.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/apps"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	"k8s.io/kubernetes/pkg/apis/batch"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	batchvalidation "k8s.io/kubernetes/pkg/apis/batch/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider/secrets"
)

var codecs = serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict)

type object = map[string]any

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: kubernetes-check objects|pulls FILE...")
		os.Exit(2)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, file := range os.Args[2:] {
		texts, err := read(file)
		if err != nil {
			fmt.Fprintf(out, "%s\t-\t%s\n", file, oneLine(err))
			continue
		}
		switch os.Args[1] {
		case "objects":
			for _, text := range texts {
				name, problems := check(text)
				for _, problem := range problems {
					fmt.Fprintf(out, "%s\t%s\t%s\n", file, name, oneLine(problem))
				}
			}
		case "pulls":
			pulls(out, file, texts)
		}
	}
}

// The objects of a file, each as JSON or YAML.
func read(file string) ([][]byte, error) {
	opened, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	var texts [][]byte
	documents := yaml.NewYAMLReader(bufio.NewReader(opened))
	for {
		text, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return texts, nil
		}
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		list := struct {
			Kind  string            `json:"kind"`
			Items []json.RawMessage `json:"items"`
		}{}
		if asJSON, err := yaml.ToJSON(text); err == nil && json.Unmarshal(asJSON, &list) == nil && list.Kind == "ResourceList" {
			for _, item := range list.Items {
				texts = append(texts, item)
			}
			continue
		}
		texts = append(texts, text)
	}
}

// What the API server would refuse an object for.
func check(text []byte) (string, []error) {
	_, kind, err := codecs.UniversalDeserializer().Decode(text, nil, nil)
	if err != nil {
		if runtime.IsNotRegisteredError(err) || runtime.IsMissingKind(err) || runtime.IsMissingVersion(err) {
			return "", nil
		}
		return "-", []error{err}
	}
	decoded, _, err := codecs.UniversalDecoder().Decode(text, nil, nil)
	if err != nil {
		return kind.Kind, []error{err}
	}
	var found field.ErrorList
	pods := corevalidation.PodValidationOptions{}
	switch object := decoded.(type) {
	case *core.Pod:
		found = corevalidation.ValidatePodCreate(inNamespace(object), pods)
	case *core.Secret:
		found = corevalidation.ValidateSecret(inNamespace(object))
	case *core.ServiceAccount:
		found = corevalidation.ValidateServiceAccount(inNamespace(object))
	case *apps.Deployment:
		found = appsvalidation.ValidateDeployment(inNamespace(object), pods)
	case *apps.DaemonSet:
		found = appsvalidation.ValidateDaemonSet(inNamespace(object), pods)
	case *apps.ReplicaSet:
		found = appsvalidation.ValidateReplicaSet(inNamespace(object), pods)
	case *apps.StatefulSet:
		found = appsvalidation.ValidateStatefulSet(inNamespace(object), appsvalidation.StatefulSetValidationOptions{}, pods)
	case *batch.Job:
		found = batchvalidation.ValidateJobSpec(&object.Spec, nil, field.NewPath("spec"), pods)
	case *batch.CronJob:
		found = batchvalidation.ValidateCronJobCreate(inNamespace(object), pods)
	}
	problems := make([]error, len(found))
	for index, problem := range found {
		problems[index] = problem
	}
	return kind.Kind, problems
}

// An object without a namespace gets one from the request.
func inNamespace[T interface {
	GetNamespace() string
	SetNamespace(string)
}](object T) T {
	if object.GetNamespace() == "" {
		object.SetNamespace("default")
	}
	return object
}

// The account for each image, out of the pull Secrets that its pod spec names, as kubelet looks it up.
func pulls(out io.Writer, file string, texts [][]byte) {
	known := map[string]corev1.Secret{}
	var owners []object
	for _, text := range texts {
		if decoded, _, err := codecs.UniversalDeserializer().Decode(text, nil, nil); err == nil {
			if secret, ok := decoded.(*corev1.Secret); ok {
				known[secret.Namespace+"/"+secret.Name] = *secret
			}
		}
		var owner object
		if asJSON, err := yaml.ToJSON(text); err == nil && json.Unmarshal(asJSON, &owner) == nil {
			owners = append(owners, owner)
		}
	}
	for _, owner := range owners {
		namespace, _ := at(owner, "metadata", "namespace").(string)
		for _, path := range [][]string{{"spec"}, {"spec", "template", "spec"}, {"spec", "jobTemplate", "spec", "template", "spec"}} {
			spec, _ := at(owner, path...).(object)
			var named []corev1.Secret
			for _, reference := range list(spec["imagePullSecrets"]) {
				name, _ := reference["name"].(string)
				if secret, ok := known[namespace+"/"+name]; ok {
					named = append(named, secret)
				}
			}
			keyring, err := secrets.MakeDockerKeyring(named, &credentialprovider.BasicDockerKeyring{})
			if err != nil {
				fmt.Fprintf(out, "%s\t-\t%s\n", file, oneLine(err))
				continue
			}
			for _, key := range []string{"initContainers", "containers"} {
				for _, container := range list(spec[key]) {
					image, _ := container["image"].(string)
					user := "-"
					if accounts, found := keyring.Lookup(image); found && len(accounts) > 0 {
						user = accounts[0].Username
					}
					fmt.Fprintf(out, "%s\t%s\t%s\n", file, image, user)
				}
			}
		}
	}
}

func at(value any, path ...string) any {
	for _, key := range path {
		mapping, _ := value.(object)
		value = mapping[key]
	}
	return value
}

func list(value any) []object {
	items, _ := value.([]any)
	var objects []object
	for _, item := range items {
		if mapping, ok := item.(object); ok {
			objects = append(objects, mapping)
		}
	}
	return objects
}

func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
