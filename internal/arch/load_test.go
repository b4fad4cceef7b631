package arch

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// pkg is what the rules look at in one folder of Go files.
type pkg struct {
	dir     string // relative to the module, with slashes
	name    string // without the _test of external tests
	product bool   // has a file that is no test
	comment string // the package comments of all files that are no tests
	imports []imported
}

// imported is one import of a package of ours.
type imported struct {
	dir  string // relative to the module
	file string // the importing file's base name
	test bool
}

// load reads the head of every Go file of the module in tree, in lexical order. Like the go command it leaves out
// testdata, nested modules and names that begin with a dot or an underscore.
func load(tree fs.FS) ([]pkg, error) {
	var packages []pkg
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if entry.IsDir() {
			if leftOut(tree, name) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" || hidden(name) {
			return nil
		}
		if dir := path.Dir(name); len(packages) == 0 || packages[len(packages)-1].dir != dir {
			packages = append(packages, pkg{dir: dir})
		}
		return packages[len(packages)-1].add(tree, name)
	})
	return merged(packages), err
}

// merged joins the parts of a folder whose files lie on both sides of a sub-folder.
func merged(parts []pkg) []pkg {
	var packages []pkg
	at := map[string]int{}
	for _, part := range parts {
		i, seen := at[part.dir]
		if !seen {
			at[part.dir] = len(packages)
			packages = append(packages, part)
			continue
		}
		p := &packages[i]
		p.product = p.product || part.product
		p.comment += part.comment
		p.imports = append(p.imports, part.imports...)
	}
	return packages
}

func leftOut(tree fs.FS, dir string) bool {
	if hidden(dir) || path.Base(dir) == "testdata" {
		return true
	}
	_, err := fs.Stat(tree, path.Join(dir, "go.mod"))
	return err == nil
}

func hidden(name string) bool {
	return strings.HasPrefix(path.Base(name), ".") || strings.HasPrefix(path.Base(name), "_")
}

// add takes over what one file says.
func (p *pkg) add(tree fs.FS, name string) error {
	source, err := fs.ReadFile(tree, name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return err
	}
	test := strings.HasSuffix(name, "_test.go")
	p.name = file.Name.Name
	if test {
		p.name = strings.TrimSuffix(p.name, "_test")
	} else {
		p.product = true
		p.comment += file.Doc.Text()
	}
	for _, spec := range file.Imports {
		imports, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("import in %s: %w", name, err)
		}
		if dir, ours := strings.CutPrefix(imports, module+"/"); ours {
			p.imports = append(p.imports, imported{dir: dir, file: path.Base(name), test: test})
		}
	}
	return nil
}
