"""What goes in and out of the calls: the models of the OpenAPI document and their fast twins."""
