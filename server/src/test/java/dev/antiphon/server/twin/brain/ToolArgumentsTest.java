package dev.antiphon.server.twin.brain;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ToolArgumentsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'a':{'type':'string'}}                        | a | for Paris, please  | {'a':'Paris, please'}",
                "{'a':{'type':'string'}}                        | a | \"New York\" now   | {'a':'New York'}",
                "{'a':{'type':'string'}}                        |   | Paris              | {}",
                "{'a':{'type':'integer'}}                       | a | about 3.7 or 4     | {'a':3}",
                "{'a':{'type':'number'},'b':{'type':'number'}}  | a | -2.5 and 4         | {'a':-2.5,'b':4}",
                "{'a':{'type':'number'}}                        | a | nothing            | {'a':0}",
                "{'a':{'enum':['x','y']}}                       | a | take Y             | {'a':'y'}",
                "{'a':{'enum':['x','y']}}                       | a | take z             | {'a':'x'}",
                "{'a':{'enum':['x','y']}}                       |   | take z             | {}",
                "{'go':{'type':'boolean'}}                      | go |                   | {'go':true}",
                "{'a':{'type':['string','null']}}               | a | tea                | {'a':'tea'}",
                "{'a':{'type':'array','items':{'type':'number'}}} | a | 1 2 3            | {'a':[1,2,3]}",
                "{'a':{'type':'array'}}                         | a | milk               | {'a':['milk']}",
                "{'city':{'type':'string'},'user_name':{'type':'string'}} | city | user name Ann city Rome | {'city':'Rome','user_name':'Ann'}",
                "{'p':{'type':'object','properties':{'q':{'type':'string'}},'required':['q']}} | p | deep | {'p':{'q':'deep'}}",
            })
    void eachPropertyGetsWhatTheWordsHoldForIt(String properties, String required, String words, String expected) {
        String schema = "{'type':'object','properties':" + properties + ",'required':["
                + (required == null ? "" : "'" + required.strip() + "'") + "]}";
        assertThat(ToolArguments.of(JsonSchema.parse(schema.replace('\'', '"')), words == null ? "" : words.strip()))
                .isEqualTo(expected.replace('\'', '"'));
    }

    @Test
    void aToolWithoutParametersGetsAnEmptyObject() {
        assertThat(ToolArguments.of(JsonSchema.parse(null), "anything")).isEqualTo("{}");
        assertThat(ToolArguments.of(JsonSchema.parse("{not json"), "anything")).isEqualTo("{}");
    }

    @Test
    void wordsOfPatternsAreOnlyWords() {
        String schema = "{\"properties\":{\"a(\":{\"type\":\"string\"}},\"required\":[\"a(\"]}";
        assertThat(ToolArguments.of(JsonSchema.parse(schema), "x [ y (")).isEqualTo("{\"a(\":\"x [ y (\"}");
    }
}
