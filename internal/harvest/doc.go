// Package harvest fetches papers from where they are published: archives that
// speak OAI-PMH, arXiv's search, OpenAlex, Semantic Scholar, and feeds.
//
// [Run] is one harvest: it asks page by page, hands each page's papers to a
// [Put], and moves its [State] in the data folder on only once they are
// written. So a harvest that ends anywhere (a kill, Ctrl-C, a server that
// fails) is carried on by the next run of the same [Request], and one that was
// complete is followed by one of what is new.
//
// A page is read whole, bounded and held to be whole before anything of it is
// given out: what a connection that dropped has cut off is asked for again.
// The records in it are read by package paper/source; here is only what stands
// around them. Each service is one file that fills in a protocol.
package harvest
