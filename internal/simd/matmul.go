package simd

// A Matrix is a view of rows and columns in a slice: element (i, j) is
// Data[i*RowStep+j*ColStep].
type Matrix struct {
	Data             []float32
	Rows, Cols       int
	RowStep, ColStep int
}

// Dense views data as rows of cols numbers each, one row after the other.
func Dense(data []float32, rows, cols int) Matrix {
	return Matrix{Data: data, Rows: rows, Cols: cols, RowStep: cols, ColStep: 1}
}

// T is the matrix turned over its diagonal, over the same numbers.
func (m Matrix) T() Matrix {
	return Matrix{Data: m.Data, Rows: m.Cols, Cols: m.Rows, RowStep: m.ColStep, ColStep: m.RowStep}
}

// rows returns the rows from, up to but not including to.
func (m Matrix) rows(from, to int) Matrix {
	m.Data, m.Rows = m.Data[from*m.RowStep:], to-from
	return m
}

const (
	tileRows  = 6
	tileCols  = 16
	depth     = 256 // a panel of depth*tileCols floats stays in the first cache
	BlockRows = 16 * tileRows
)

// Packed is the right-hand side of a product, laid out for it.
type Packed struct {
	data       []float32
	rows, cols int
}

// Pack lays out b for MulBlock; the space of an earlier Pack is used again.
func (p *Packed) Pack(b Matrix) {
	panels := (b.Cols + tileCols - 1) / tileCols
	if n := panels * tileCols * b.Rows; cap(p.data) < n {
		p.data = make([]float32, n)
	} else {
		p.data = p.data[:n]
	}
	p.rows, p.cols = b.Rows, b.Cols
	for j := range panels {
		p.packPanel(b, j)
	}
}

func (p *Packed) packPanel(b Matrix, j int) {
	panel := p.data[j*tileCols*b.Rows:][:tileCols*b.Rows]
	width := min(tileCols, b.Cols-j*tileCols)
	if width < tileCols {
		clear(panel)
	}
	if b.ColStep == 1 {
		for k := range b.Rows {
			copy(panel[k*tileCols:][:width], b.Data[k*b.RowStep+j*tileCols:])
		}
		return
	}
	for c := range width {
		column := b.Data[(j*tileCols+c)*b.ColStep:]
		for k := range b.Rows {
			panel[k*tileCols+c] = column[k*b.RowStep]
		}
	}
}

// Blocks is the number of row blocks of a product with rows rows.
func Blocks(rows int) int { return (rows + BlockRows - 1) / BlockRows }

// MulBlock writes the block-th BlockRows rows of a*b into those of c, which is
// dense. Blocks may be done at the same time and in any order: an element's
// sum always runs in the same order.
func MulBlock(c []float32, a Matrix, b *Packed, block int) {
	from := block * BlockRows
	a = a.rows(from, min(from+BlockRows, a.Rows))
	c = c[from*b.cols:][:a.Rows*b.cols]
	for k := 0; k < b.rows; k += depth {
		end := min(k+depth, b.rows)
		for j := 0; j < b.cols; j += tileCols {
			panel := b.data[j*b.rows+k*tileCols : j*b.rows+end*tileCols]
			mulPanel(c, a, panel, k, j, b.cols)
		}
	}
}

// mulPanel adds the product of a's columns from k on and a panel to the 16
// columns of c from j on.
func mulPanel(c []float32, a Matrix, panel []float32, k, j, cols int) {
	if !accelerated || j+tileCols > cols {
		mulPanelGo(c, a, panel, k, j, cols)
		return
	}
	n, i := len(panel)/tileCols, 0
	for ; i+tileRows <= a.Rows; i += tileRows {
		tile6AVX2(n, &a.Data[i*a.RowStep+k*a.ColStep], 4*a.RowStep, 4*a.ColStep, &panel[0], &c[i*cols+j], 4*cols, k > 0)
	}
	for ; i < a.Rows; i++ {
		tile1AVX2(n, &a.Data[i*a.RowStep+k*a.ColStep], 4*a.ColStep, &panel[0], &c[i*cols+j], k > 0)
	}
}

func mulPanelGo(c []float32, a Matrix, panel []float32, k, j, cols int) {
	width := min(tileCols, cols-j)
	for i := range a.Rows {
		var sum [tileCols]float32
		for n := 0; n*tileCols < len(panel); n++ {
			x := a.Data[i*a.RowStep+(k+n)*a.ColStep]
			row := panel[n*tileCols:][:tileCols]
			for w, y := range row {
				sum[w] += x * y
			}
		}
		out := c[i*cols+j:][:width]
		for w := range out {
			if k > 0 {
				out[w] += sum[w]
			} else {
				out[w] = sum[w]
			}
		}
	}
}

// Product works out the products of many rows with one packed matrix, a block of
// them at a time, in space of its own: each goroutine has its own Product.
type Product struct {
	with      *Packed
	rows, out []float32
}

// Product is a new one with p.
func (p *Packed) Product() *Product {
	return &Product{with: p, rows: make([]float32, 0, BlockRows*p.rows), out: make([]float32, BlockRows*p.cols)}
}

// Block hands do the products of each row of a block with all columns, which are
// lent. Rows are as long as the packed matrix is high.
func (p *Product) Block(rows [][]float32, block int, do func(row int, products []float32)) {
	from := block * BlockRows
	to := min(from+BlockRows, len(rows))
	p.rows = p.rows[:0]
	for _, r := range rows[from:to] {
		p.rows = append(p.rows, r...)
	}
	MulBlock(p.out, Dense(p.rows, to-from, p.with.rows), p.with, 0)
	for i := range to - from {
		do(from+i, p.out[i*p.with.cols:][:p.with.cols])
	}
}
