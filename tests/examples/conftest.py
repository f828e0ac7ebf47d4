"""An example is a project of its own: it is tested as its owner would, once it is installed
(``tests/drivers/example_driver``)."""

collect_ignore = ["acme-reader"]
