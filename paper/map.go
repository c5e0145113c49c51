package paper

// Map is the corpus laid out in the plane by meaning: near papers are like each
// other.
type Map struct {
	Papers  int  // that have a place; 0 while there is no map
	Drawing bool // a map, or a newer one, is being made
}

// Tile asks for a square of the map: of 2^Level by 2^Level the one in column X
// and row Y.
type Tile struct {
	Level, X, Y int
	Filter      Filter // narrows what is counted and listed
	Cells       int    // a power of two: into so many columns and rows papers are counted; 0 counts none
	Papers      int    // how many papers are wanted at most
}

// The bounds of a tile.
const (
	MaxTileLevel  = 8
	MaxTileCells  = 256
	MaxTilePapers = 500
)

// Validate reports the first thing that cannot be meant.
func (t *Tile) Validate() error {
	switch {
	case t.Level < 0 || t.Level > MaxTileLevel:
		return Invalid("z", "%d is not from 0 to %d", t.Level, MaxTileLevel)
	case t.X < 0 || t.X >= 1<<t.Level:
		return Invalid("x", "%d is not from 0 to %d", t.X, 1<<t.Level-1)
	case t.Y < 0 || t.Y >= 1<<t.Level:
		return Invalid("y", "%d is not from 0 to %d", t.Y, 1<<t.Level-1)
	case t.Cells < 0 || t.Cells > MaxTileCells || t.Cells&(t.Cells-1) != 0 && t.Cells != 0:
		return Invalid("cells", "%d is no power of two up to %d", t.Cells, MaxTileCells)
	case t.Papers < 0 || t.Papers > MaxTilePapers:
		return Invalid("papers", "%d is not from 0 to %d", t.Papers, MaxTilePapers)
	}
	return t.Filter.Validate()
}

// TileContent is what lies in a tile.
type TileContent struct {
	Total  int       // papers that pass the filter
	Papers []Mapped  // all of them, or so many evenly spread
	Counts []int     // by cell, row by row
	Crowd  float64   // how many papers a cell of this size that has some has, over the whole map, about
	Labels []MapName // what its regions are about
}

// Mapped is a paper and its place: both coordinates are in [0, 1), rightwards
// and downwards.
type Mapped struct {
	X, Y float64
	Paper
}

// MapName names a region of the map by words of its papers' titles.
type MapName struct {
	X, Y  float64 // its middle
	Level int     // from which level of tiles on it is of use
	Text  string
	Size  float64 // its share of all papers
}
