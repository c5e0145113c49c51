package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"kindred/paper"
	"kindred/server/client"
)

// kindredServer stands for `kindred serve`.
func kindredServer() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/search" {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error":{"code":"not_found","message":"no paper has the id \"1999.00001\"","field":"id"}}`)
			return
		}
		fmt.Fprint(w, `{"query":"flows","hits":[{"paper":{"id":"1605.08803","title":"Density estimation using Real NVP"},"score":0.73,"signals":{}}],"total":1,"model":"static","took_ms":1}`)
	}))
}

func Example() {
	server := kindredServer()
	defer server.Close()
	c, err := client.New(server.URL, client.Options{})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	q := paper.Query{Text: "flows", Options: paper.Options{Filter: paper.Filter{Categories: []string{"cs.LG"}}}}
	for hit, err := range c.SearchAll(ctx, q) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%.2f %s\n", hit.Score, hit.Paper.Title)
	}
	if _, err := c.Paper(ctx, "1999.00001"); errors.Is(err, paper.ErrNotFound) {
		fmt.Println(err)
	}
	// Output:
	// 0.73 Density estimation using Real NVP
	// no paper has the id "1999.00001"
}

// A refusal says what is wrong, and which field is meant.
func ExampleError() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":{"code":"invalid_argument","message":"not a cursor of this list","field":"cursor"}}`)
	}))
	defer server.Close()
	c, err := client.New(server.URL, client.Options{})
	if err != nil {
		log.Fatal(err)
	}
	_, err = c.Similar(context.Background(), paper.Similar{
		Positive: []string{"1605.08803"}, Negative: []string{"hep-th/9901001"}, Options: paper.Options{Cursor: "AQ"},
	})
	var refusal *client.Error
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Status, refusal.Code, refusal.Field)
	}
	var invalid *paper.InvalidError
	fmt.Println(errors.As(err, &invalid), err)
	// Output:
	// 400 invalid_argument cursor
	// true cursor: not a cursor of this list
}

// Many questions go in few requests, and each has its own outcome.
func ExampleClient_SearchMany() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"results":[
			{"query":"flows","hits":[],"total":232,"model":"static","took_ms":1},
			{"error":{"code":"invalid_argument","message":"not a cursor of this server","field":"cursor"}}]}`)
	}))
	defer server.Close()
	c, err := client.New(server.URL, client.Options{})
	if err != nil {
		log.Fatal(err)
	}
	outcomes, err := c.SearchMany(context.Background(), []paper.Query{
		{Text: "flows"}, {Text: "gauge theory", Options: paper.Options{Cursor: "AQ"}}, {Text: " "},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Err != nil {
			fmt.Println(o.Err)
			continue
		}
		fmt.Println(o.Result.Query, o.Result.Total)
	}
	// Output:
	// flows 232
	// cursor: not a cursor of this server
	// q: the question is empty
}

// What a question finds, as a file for a reference manager.
func ExampleClient_CiteSearch() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "TY  - CONF\nTI  - Density estimation using Real NVP\nER  - \n")
	}))
	defer server.Close()
	c, err := client.New(server.URL, client.Options{})
	if err != nil {
		log.Fatal(err)
	}
	q := paper.Query{Text: "flows", Options: paper.Options{Limit: 100}}
	var file strings.Builder // or an *os.File
	if err := c.CiteSearch(context.Background(), &file, paper.RIS, q); err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Split(file.String(), "\n")[1])
	// Output:
	// TI  - Density estimation using Real NVP
}
