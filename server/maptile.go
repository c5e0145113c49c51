package server

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"math"
	"net/http"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

const (
	tilePath    = "/map/tiles/:z/:x/:y"
	picturePath = "/map/pictures/:z/:x/:y"

	// A picture has so many columns and rows of cells, and half as many where
	// cells are so small that most papers have one for themselves.
	tileCells = 256
	lonely    = 1.3 // papers a cell
	// Of a tile with up to so many papers all are listed, of others some.
	tileAll, tileSome = 250, 16
)

// tileParams are the filters.
var tileParams = pick(optionParams, "year", "from", "to", "category", "author", "venue", "collection", "not_collection")

// pick are the parameters of these names.
func pick(table []param, names ...string) []param {
	var out []param
	for _, name := range names {
		for _, p := range table {
			if p.name == name {
				out = append(out, p)
			}
		}
	}
	return out
}

// tileOf reads which tile is asked for.
func tileOf(c *gin.Context) (paper.Tile, error) {
	var t paper.Tile
	vals, err := queryValues(c.Request.URL.RawQuery)
	if err != nil {
		return t, err
	}
	r, err := parseRequest(tileParams, vals)
	if err != nil {
		return t, err
	}
	t.Filter = r.Filter
	for _, at := range []struct {
		name string
		to   *int
	}{{"z", &t.Level}, {"x", &t.X}, {"y", &t.Y}} {
		if *at.to, err = wholeNumber(at.name, c.Param(at.name)); err != nil {
			return t, err
		}
	}
	return t, t.Validate()
}

// mapTile is a tile's content as map.js reads it.
type mapTile struct {
	Total  int         `json:"total"`
	Points []mapPoint  `json:"points"`
	Labels []tileLabel `json:"labels"`
}

type mapPoint struct {
	X     float64 `json:"x"`
	Y     float64 `json:"y"`
	ID    string  `json:"id"`
	Title string  `json:"title"`
	Year  int     `json:"year,omitempty"`
}

type tileLabel struct {
	X     float64 `json:"x"`
	Y     float64 `json:"y"`
	Level int     `json:"level"`
	Text  string  `json:"text"`
	Size  float64 `json:"size"`
}

// mapSquare adapts a handler that makes the bytes of a square of the map to Gin. A
// browser that comes back to the place asks whether they are still the same:
// their tag is made of them, since the map is laid out anew by itself, without
// any change of the papers.
func (p *page) mapSquare(contentType string, h func(*gin.Context, Mapper, paper.Tile) ([]byte, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		t, err := tileOf(c)
		var mapper Mapper
		if err == nil {
			mapper, err = mapperOf(p.engine)
		}
		var body []byte
		if err == nil {
			body, err = h(c, mapper, t)
		}
		if err != nil {
			p.fail(c, err)
			return
		}
		tag := tagOf(body)
		keepable(c, tag)
		if hasTag(c.Request, tag) {
			c.Status(http.StatusNotModified)
			return
		}
		_ = send(c, http.StatusOK, contentType, body)
	}
}

// tile lists the papers and labels of a square of the map.
func tile(c *gin.Context, mapper Mapper, t paper.Tile) ([]byte, error) {
	content, err := listed(c, mapper, t)
	if err != nil {
		return nil, err
	}
	out := mapTile{Total: content.Total, Points: []mapPoint{}, Labels: []tileLabel{}}
	for _, m := range content.Papers {
		out.Points = append(out.Points, mapPoint{m.X, m.Y, m.ID, displayTitle(m.Paper), m.Year})
	}
	for _, l := range content.Labels {
		out.Labels = append(out.Labels, tileLabel(l))
	}
	return json.Marshal(out)
}

// listed is a tile with all papers where they are few, else with some.
func listed(c *gin.Context, mapper Mapper, t paper.Tile) (*paper.TileContent, error) {
	t.Papers = tileAll
	content, err := mapper.Tile(c.Request.Context(), t)
	if err == nil && content.Total > len(content.Papers) && len(content.Papers) > tileSome {
		var some []paper.Mapped
		for i := range tileSome {
			some = append(some, content.Papers[(2*i+1)*len(content.Papers)/(2*tileSome)])
		}
		content.Papers = some
	}
	return content, err
}

// picture draws how densely papers lie in a square of the map: opaque where
// many do, so that the page gives it its colour.
func picture(c *gin.Context, mapper Mapper, t paper.Tile) ([]byte, error) {
	t.Cells = tileCells
	content, err := mapper.Tile(c.Request.Context(), t)
	if err == nil && content.Crowd < lonely {
		t.Cells /= 2
		content, err = mapper.Tile(c.Request.Context(), t)
	}
	if err != nil {
		return nil, err
	}
	return density(content, t.Cells)
}

// shades is how many degrees of density are told apart: fewer make a smaller
// file.
const shades = 32

// shadeColour is seen on light and dark grounds where a page leaves it as it is.
var shadeColour = color.NRGBA{0x2e, 0x86, 0x8f, 0}

func density(content *paper.TileContent, cells int) ([]byte, error) {
	palette := make(color.Palette, shades)
	for i := range palette {
		shade := shadeColour
		shade.A = uint8(i * 255 / (shades - 1))
		palette[i] = shade
	}
	img := image.NewPaletted(image.Rect(0, 0, cells, cells), palette)
	for i, n := range content.Counts {
		if n > 0 {
			dense := 1 - math.Exp(-0.8*float64(n)/content.Crowd)
			img.Pix[i] = uint8(max(3, dense*(shades-1)+0.5))
		}
	}
	var buf bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	err := encoder.Encode(&buf, img)
	return buf.Bytes(), err
}
