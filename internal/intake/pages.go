package intake

// pages is a list in pages of a fixed length: it grows without copying, so a
// million entries never cost twice their size for a moment.
type pages[T any] struct {
	page [][]T
	n    int
}

const pageLen = 4096

func (p *pages[T]) add(v T) {
	if p.n%pageLen == 0 {
		p.page = append(p.page, make([]T, 0, pageLen))
	}
	last := &p.page[len(p.page)-1]
	*last = append(*last, v)
	p.n++
}

func (p *pages[T]) at(i int) *T { return &p.page[i/pageLen][i%pageLen] }

// drop lets go of all pages that end before entry i.
func (p *pages[T]) drop(i int) {
	for k := i/pageLen - 1; k >= 0 && p.page[k] != nil; k-- {
		p.page[k] = nil
	}
}

func (p *pages[T]) swap(i, j int) {
	a, b := p.at(i), p.at(j)
	*a, *b = *b, *a
}
