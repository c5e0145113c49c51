package index_test

const childJob = "KINDRED_TEST_CHILD"

func child(string) {}
